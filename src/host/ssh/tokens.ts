import { hostname } from "node:os";
import { join } from "node:path";
import type { SshEnvironment } from "./target.ts";

/** What the tokens of ssh_config(5) stand for. */
export interface TokenValues {
  /** %h */
  readonly address: string;
  /** %n, %k when there is no HostKeyAlias */
  readonly original: string;
  /** %p */
  readonly port: number;
  /** %r */
  readonly user: string;
}

const tokenTable = ({ address, original, port, user }: TokenValues, { home, user: localUser }: SshEnvironment): Record<string, string> => ({
  "%": "%",
  d: home,
  h: address,
  i: String(process.getuid?.() ?? ""),
  k: original,
  L: hostname().split(".", 1)[0] ?? "",
  l: hostname(),
  n: original,
  p: String(port),
  r: user,
  u: localUser,
});

/** Replaces `%x` tokens; an unknown one stays as it is. */
export const expandTokens = (text: string, values: TokenValues, environment: SshEnvironment): string => {
  const table = tokenTable(values, environment);
  return text.replaceAll(/%(.)/g, (token, letter: string) => table[letter] ?? token);
};

/** A path of ssh_config: `~`, `${NAME}` and tokens expanded. Relative paths stay: they count from the working directory. */
export const expandPath = (text: string, values: TokenValues, environment: SshEnvironment): string => {
  const named = text.replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => process.env[name] ?? whole);
  const home = named === "~" ? environment.home : named.startsWith("~/") ? join(environment.home, named.slice(2)) : named;
  return expandTokens(home, values, environment);
};
