import { join } from "node:path";
import { UserError } from "../../shared/errors.ts";
import { type ConfigValues, lookUpConfig } from "./config.ts";
import type { SshEnvironment, SshJump, SshOptions, SshTarget } from "./target.ts";
import { expandPath, expandTokens, type TokenValues } from "./tokens.ts";

/** One SSH server to log in to, with everything decided. */
export interface Hop {
  /** What messages call it. */
  readonly name: string;
  /** Where it is, as seen from the hop before. */
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly identity: Identity;
  readonly hostKeys: HostKeyRules;
  /** Milliseconds. */
  readonly connectTimeout: number;
  /** Milliseconds; 0 is off. */
  readonly keepAliveInterval: number;
}

interface Identity {
  /** Absolute paths, in the order in which they are offered. */
  readonly files: readonly string[];
  /** Who named the files. OpenSSH's defaults, of which most do not exist, count when nobody did. */
  readonly namedBy: "kbs" | "ssh_config" | "nobody";
  /** Of the agent's keys, only those that are among the files. */
  readonly only: boolean;
  readonly agentSocket?: string;
  readonly passphrase?: string;
  readonly password?: string;
}

/** How the key of a server is judged. */
export interface HostKeyRules {
  /** Under which name known_hosts has it: `host`, or `[host]:port` when the port is not 22. */
  readonly lookUp: string;
  /** The name without a port, which OpenSSH tries when `[host]:port` is unknown. */
  readonly plain?: string;
  /** The first one is written to. */
  readonly userFiles: readonly string[];
  readonly globalFiles: readonly string[];
  /** What happens to an unknown key. */
  readonly unknown: "refuse" | "ask" | "accept";
  readonly hash: boolean;
}

/** The names that `ssh` tries when none is given. Keys on hardware tokens are left out: ssh2 cannot use them. */
const defaultKeys = ["id_rsa", "id_ecdsa", "id_ed25519"];

const isYes = (value: string | undefined): boolean => value === "yes" || value === "true";

/** Where to log in, as given by kbs's own configuration. */
type Wanted = SshJump & Pick<SshTarget, "agent" | "connectTimeout" | "keepAliveInterval">;

const portOf = (wanted: Wanted, values: ConfigValues): number => {
  const port = wanted.port ?? Number(values.port ?? 22);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new UserError(`the SSH configuration gives ${wanted.host} the port "${values.port}"`, {
    hint: "a port is a number from 1 to 65535",
  });
};

const identityOf = (wanted: Wanted, values: ConfigValues, tokens: TokenValues, environment: SshEnvironment): Identity => {
  const named = wanted.identityFile === undefined ? values.identityfile : [wanted.identityFile];
  const files = (named ?? defaultKeys.map((name) => join(environment.home, ".ssh", name))).filter((file) => file !== "none");
  const agent = agentOf(values.identityagent, tokens, environment);
  return {
    files: files.map((file) => expandPath(file, tokens, environment)),
    namedBy: wanted.identityFile !== undefined ? "kbs" : named === undefined ? "nobody" : "ssh_config",
    only: isYes(values.identitiesonly),
    ...(wanted.agent === false || agent === undefined ? {} : { agentSocket: agent }),
    ...(wanted.passphrase === undefined ? {} : { passphrase: wanted.passphrase }),
    ...(wanted.password === undefined ? {} : { password: wanted.password }),
  };
};

const agentOf = (value: string | undefined, tokens: TokenValues, environment: SshEnvironment): string | undefined => {
  if (value === undefined || value === "SSH_AUTH_SOCK") return environment.agentSocket;
  if (value === "none") return undefined;
  return value.startsWith("$") && !value.startsWith("${") ? process.env[value.slice(1)] : expandPath(value, tokens, environment);
};

const whenUnknown = (strict: string | undefined, options: SshOptions): HostKeyRules["unknown"] => {
  // OpenSSH's "no" lets a changed key pass, too. That is never done here.
  if (options.acceptNewHostKeys || ["accept-new", "no", "off", "false"].includes(strict ?? "")) return "accept";
  return isYes(strict) || options.prompt === undefined ? "refuse" : "ask";
};

const hostKeysOf = (values: ConfigValues, tokens: TokenValues, environment: SshEnvironment, options: SshOptions): HostKeyRules => {
  const folder = join(environment.home, ".ssh");
  const user = values.userknownhostsfile ?? [join(folder, "known_hosts"), join(folder, "known_hosts2")];
  const global = values.globalknownhostsfile ?? ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"];
  const paths = (files: readonly string[]): string[] =>
    files.filter((f) => f !== "none").map((file) => expandPath(file, tokens, environment));
  const name = tokens.address.toLowerCase();
  const lookUp = values.hostkeyalias ?? (tokens.port === 22 ? name : `[${name}]:${tokens.port}`);
  return {
    lookUp,
    ...(values.hostkeyalias === undefined && tokens.port !== 22 ? { plain: name } : {}),
    userFiles: options.knownHostsFiles ?? paths(user),
    globalFiles: paths(global),
    unknown: whenUnknown(values.stricthostkeychecking, options),
    hash: isYes(values.hashknownhosts),
  };
};

const addressOf = (wanted: Wanted, values: ConfigValues): string =>
  values.hostname?.replaceAll(/%([%h])/g, (_, letter: string) => (letter === "h" ? wanted.host : "%")) ?? wanted.host;

/** One hop with what ssh_config says about it, which the caller needs for the hops before it. */
export interface ResolvedHop {
  readonly hop: Hop;
  /** ProxyJump with its tokens expanded. */
  readonly proxyJump?: string;
  readonly proxyCommand?: string;
}

/** Decides everything about one hop: what kbs's configuration says, then ssh_config, then OpenSSH's defaults. */
export const resolveHop = (name: string, wanted: Wanted, environment: SshEnvironment, options: SshOptions): ResolvedHop => {
  const { values, ignored } = lookUpConfig(wanted.host, environment);
  for (const sentence of ignored) options.log(sentence);
  const address = addressOf(wanted, values);
  const port = portOf(wanted, values);
  const user = wanted.user ?? values.user ?? environment.user;
  const tokens = { address, original: wanted.host, port, user };
  return {
    hop: {
      name,
      address,
      port,
      user,
      identity: identityOf(wanted, values, tokens, environment),
      hostKeys: hostKeysOf(values, tokens, environment, options),
      connectTimeout: (wanted.connectTimeout ?? 20) * 1000,
      keepAliveInterval: (wanted.keepAliveInterval ?? 10) * 1000,
    },
    ...(values.proxyjump === undefined ? {} : { proxyJump: expandTokens(values.proxyjump, tokens, environment) }),
    ...(values.proxycommand === undefined ? {} : { proxyCommand: values.proxycommand }),
  };
};
