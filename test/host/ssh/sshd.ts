import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { SshEnvironment, SshOptions, SshTarget } from "../../../src/host/ssh/target.ts";

/** A folder of its own for one test file, with a home, keys and known_hosts in it. */
export interface Place {
  readonly dir: string;
  /** Makes a path below the folder. */
  readonly at: (name: string) => string;
  readonly write: (name: string, text: string) => string;
  readonly remove: () => void;
}

export const makePlace = (): Place => {
  const dir = mkdtempSync(join(tmpdir(), "kbs-ssh-"));
  execFileSync("chmod", ["755", dir]);
  mkdirSync(join(dir, "home/.ssh"), { recursive: true, mode: 0o700 });
  const at = (name: string): string => join(dir, name);
  return {
    dir,
    at,
    write: (name, text) => {
      writeFileSync(at(name), text, { mode: 0o600 });
      return at(name);
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
};

/** A key pair by ssh-keygen; returns the path of the private half. */
export const makeKey = (place: Place, name: string, options: readonly string[] = ["-t", "ed25519"], passphrase = ""): string => {
  const path = place.at(name);
  execFileSync("ssh-keygen", ["-q", "-f", path, "-N", passphrase, "-C", name, ...options]);
  return path;
};

export const publicKey = (path: string): string => readFileSync(`${path}.pub`, "utf8").trim();

/** `type base64` of a key, as known_hosts has it. */
export const hostKeyOf = (path: string): string => publicKey(path).split(" ").slice(0, 2).join(" ");

export const fingerprintOf = (path: string): string =>
  execFileSync("ssh-keygen", ["-lf", `${path}.pub`], { encoding: "utf8" }).split(" ")[1] ?? "";

/** The port of a server that listens. */
export const portOf = (server: Server): number => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server does not listen");
  return address.port;
};

/** Listens on a free loopback port. */
export const listen = <T extends Server>(server: T): Promise<T> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });

const freePort = async (): Promise<number> => {
  const server = await listen(createServer());
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
};

export interface Sshd {
  readonly port: number;
  readonly pid: number;
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

export interface SshdSetup {
  readonly hostKeys: readonly string[];
  /** Public keys that may log in, as any user. */
  readonly authorized?: readonly string[];
  /** Further lines of sshd_config. */
  readonly config?: readonly string[];
  readonly port?: number;
}

/** A real sshd on loopback with a configuration of its own. */
export const startSshd = async (place: Place, setup: SshdSetup): Promise<Sshd> => {
  const port = setup.port ?? (await freePort());
  mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const authorized = place.at(`authorized-${port}`);
  writeFileSync(authorized, (setup.authorized ?? []).map((line) => `${line}\n`).join(""), { mode: 0o644 });
  const config = place.write(
    `sshd-${port}.conf`,
    [
      ...(setup.config ?? []),
      `ListenAddress 127.0.0.1:${port}`,
      ...setup.hostKeys.map((key) => `HostKey ${key}`),
      `AuthorizedKeysFile ${authorized}`,
      "StrictModes no",
      "UsePAM no",
      "PidFile none",
      "PermitRootLogin yes",
      "LogLevel DEBUG1",
      "",
    ].join("\n"),
  );
  const logFile = place.at(`sshd-${port}.log`);
  const child = spawn("/usr/sbin/sshd", ["-D", "-f", config, "-E", logFile], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const log = (): string => (existsSync(logFile) ? readFileSync(logFile, "utf8") : "");
  for (let waited = 0; !log().includes("Server listening"); waited += 20) {
    if (waited > 10_000 || child.exitCode !== null) throw new Error(`sshd did not start: ${log()}`);
    await sleep(20);
  }
  return {
    port,
    pid: child.pid ?? 0,
    log,
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
};

export const environmentOf = (place: Place, more: Partial<SshEnvironment> = {}): SshEnvironment => ({
  home: place.at("home"),
  user: "root",
  configFiles: [{ path: place.at("home/.ssh/config"), folder: place.at("home/.ssh") }],
  ...more,
});

/** Options as a script in a pipe has them: nobody to ask, unknown keys refused. */
export const optionsOf = (place: Place, more: Partial<SshOptions> = {}): SshOptions & { readonly lines: string[] } => {
  const lines: string[] = [];
  return { acceptNewHostKeys: false, log: (line) => void lines.push(line), environment: environmentOf(place), lines, ...more };
};

export const targetOf = (sshd: Sshd, more: Partial<SshTarget> = {}): SshTarget => ({
  name: "h1",
  address: "127.0.0.1",
  port: sshd.port,
  user: "root",
  ...more,
});

/** Writes the place's known_hosts: lines, or a host key file for `[127.0.0.1]:port`. */
export const know = (place: Place, ...lines: readonly string[]): void => {
  place.write("home/.ssh/known_hosts", lines.map((line) => `${line}\n`).join(""));
};
