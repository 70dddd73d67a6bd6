import { UserError } from "../../shared/errors.ts";
import { splitHostPort } from "../../shared/names.ts";
import type { SshJump } from "./target.ts";

const portOf = (text: string | undefined, spec: string, where: string): { port?: number } => {
  if (text === undefined) return {};
  const port = Number(text);
  if (/^\d+$/.test(text) && port > 0 && port < 65_536) return { port };
  throw new UserError(`${where}: ProxyJump "${spec}" has the port "${text}"`, { hint: "a port is a number from 1 to 65535" });
};

const parseOne = (spec: string, where: string): SshJump => {
  const plain = spec
    .trim()
    .replace(/^ssh:\/\//, "")
    .replace(/\/$/, "");
  const at = plain.lastIndexOf("@");
  const user = at > 0 ? { user: plain.slice(0, at) } : {};
  const { host, port } = splitHostPort(plain.slice(at + 1));
  if (host === "" || /\s/.test(host))
    throw new UserError(`${where}: ProxyJump "${spec}" names no host`, { hint: "write [user@]host[:port]" });
  return { host, ...user, ...portOf(port, spec, where) };
};

/** Reads ProxyJump: `[user@]host[:port]` or `ssh://…`, separated by commas; `none` is no jump. @throws UserError for anything else */
export const parseProxyJump = (text: string, where: string): readonly SshJump[] =>
  text.toLowerCase() === "none" ? [] : text.split(",").map((spec) => parseOne(spec, where));
