import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { UserError } from "../shared/errors.ts";
import { secrets } from "../shared/secrets.ts";
import { localPath } from "./resolve.ts";
import type { Environment } from "./substitute.ts";
import type { Cluster, Login, Ssh } from "./types.ts";

/** Long enough for a password manager that asks for a fingerprint. */
const commandTimeout = 60_000;

/** A secret's reference: where it is to be had. Undefined for a secret that is written out. */
export const parseReference = (text: string): { readonly from: "env" | "file" | "cmd"; readonly what: string } | undefined => {
  const from = (["env", "file", "cmd"] as const).find((kind) => text.startsWith(`${kind}:`));
  const what = text.slice((from?.length ?? 0) + 1);
  return from === undefined || what === "" ? undefined : { from, what };
};

const run = promisify(execFile);

/** The outcome, or a sentence that tells why there is none. The sentence never holds output of the command: it might be the secret. */
const fetchSecret = async (text: string, folder: string, env: Environment): Promise<{ secret: string } | { reason: string }> => {
  const reference = parseReference(text);
  if (reference === undefined) return { secret: text };
  const { from, what } = reference;
  try {
    if (from === "env") return env[what] === undefined ? { reason: `the environment variable ${what} is not set` } : { secret: env[what] };
    if (from === "file") return { secret: (await readFile(localPath(what, folder), "utf8")).replace(/\r?\n$/, "") };
    const { stdout } = await run("/bin/sh", ["-c", what], { timeout: commandTimeout, env: { ...env }, cwd: folder });
    return { secret: stdout.replace(/\r?\n$/, "") };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "no code";
    const late = error instanceof Error && "killed" in error && error.killed === true;
    if (from === "file") return { reason: `the file ${what} cannot be read (${code})` };
    return { reason: `the command ${JSON.stringify(what)} ${late ? "took longer than a minute" : `ended with ${code}`}` };
  }
};

type Fetch = (text: string, path: string) => Promise<string>;

const fields = ["password", "passphrase", "sudoPassword"] as const;

type Secretive = Login & Pick<Partial<Ssh>, "sudoPassword">;

const resolveLogin = async <T extends Secretive>(login: T, path: string, fetch: Fetch): Promise<T> => {
  const found: Record<string, string> = {};
  for (const field of fields) {
    const text = login[field];
    if (text !== undefined) found[field] = await fetch(text, `${path}.${field}`);
  }
  return { ...login, ...found };
};

/**
 * The cluster with every secret's reference (`env:`, `file:`, `cmd:`) replaced by the secret, which is registered to be masked from
 * then on. Each reference is looked up once, however many hosts share it. Call it once, before the first connection.
 * @throws UserError that names every reference which leads nowhere
 */
export const resolveSecrets = async (cluster: Cluster, env: Environment = process.env): Promise<Cluster> => {
  const folder = cluster.source === "-" ? process.cwd() : dirname(localPath(cluster.source, process.cwd()));
  const known = new Map<string, ReturnType<typeof fetchSecret>>();
  const failures = new Map<string, string>();
  const fetch: Fetch = async (text, path) => {
    const pending = known.get(text) ?? fetchSecret(text, folder, env);
    known.set(text, pending);
    const outcome = await pending;
    if ("secret" in outcome && outcome.secret !== "") return secrets.add(outcome.secret);
    const reason = "reason" in outcome ? outcome.reason : `${text} is empty`;
    if (!failures.has(reason)) failures.set(reason, `${path}: ${reason}`);
    return "";
  };
  const hosts = [];
  for (const host of cluster.hosts) {
    const ssh = host.local ? host.ssh : await resolveLogin(host.ssh, `host ${host.name}: ssh`, fetch);
    const jumps = ssh.jumpHosts?.map((jump) => resolveLogin(jump, `host ${host.name}: jump host ${jump.host}`, fetch));
    hosts.push({ ...host, ssh: { ...ssh, ...(jumps === undefined ? {} : { jumpHosts: await Promise.all(jumps) }) } });
  }
  if (failures.size > 0)
    throw new UserError(`cannot get the secrets of ${cluster.source}:\n${[...failures.values()].join("\n")}`, { exit: "usage" });
  return { ...cluster, hosts };
};
