import { UserError } from "../../shared/errors.ts";
import type { AuthReport } from "./authenticator.ts";
import type { Hop } from "./hop.ts";
import { errorLevel } from "./ssh2.ts";

const where = (hop: Hop): string => `${hop.address.includes(":") ? `[${hop.address}]` : hop.address}:${hop.port}`;

const fail = (hop: Hop, message: string, details: { probably?: string; hint?: string; cause?: unknown }): UserError =>
  new UserError(message, { exit: "unreachable", host: hop.name, ...details });

const socketHints: Readonly<Record<string, readonly [string, string]>> = {
  ECONNREFUSED: ["nothing listens there", "is sshd running on it, and is the port right?"],
  EHOSTUNREACH: ["there is no route to it", "is it switched on, and the address right?"],
  ENETUNREACH: ["there is no route to its network", "is this machine online, and the address right?"],
  ETIMEDOUT: ["it does not answer", "is it switched on, and does a firewall let SSH through?"],
  ENOTFOUND: ["its name is not known", "correct the address, or add the name to DNS or /etc/hosts"],
  EAI_AGAIN: ["its name could not be looked up just now", "does this machine's DNS work?"],
};

/** A connection that was not made. */
export const notConnected = (hop: Hop, error: Error): UserError => {
  const code = "code" in error ? String(error.code) : "";
  const [reason, hint] = socketHints[code] ?? [error.message, "is the address right?"];
  return fail(hop, `${hop.name} cannot be reached at ${where(hop)}: ${reason}`, { hint, cause: error });
};

/** OpenSSH 9.8 and newer shut out an address for a while after failed log-ins (PerSourcePenalties in sshd_config(5)). */
const penalties = "sshd may be shutting this machine's address out after failed log-ins (PerSourcePenalties, OpenSSH 9.8 and newer)";

/** The server hung up before it had said who it is. @param said the text that it sent instead, if any */
export const hungUp = (hop: Hop, said: string): UserError => {
  const banned = said.includes("Not allowed at this time");
  const crowded = said.includes("MaxStartups");
  return fail(hop, `${hop.name} closed the connection at once${said === "" ? "" : `, saying "${said.trim()}"`}`, {
    probably: banned
      ? "sshd shuts this machine's address out for a while after failed log-ins (PerSourcePenalties)"
      : crowded
        ? "too many others are logging in there just now (MaxStartups in sshd_config)"
        : `too many others are logging in there just now (MaxStartups), or ${penalties}`,
    hint: banned
      ? "wait some minutes, then correct the log-in before trying again"
      : "try again in a minute; what sshd says is in its log: journalctl -u ssh -n 20",
  });
};

export const timedOut = (hop: Hop, what: string): UserError =>
  fail(hop, `${hop.name} did not finish ${what} at ${where(hop)} within ${hop.connectTimeout / 1000} s`, {
    hint: "is it overloaded, or something other than sshd on that port? connectTimeout sets the limit",
  });

const listed = (words: readonly string[]): string => [...new Set(words)].join(", ");

/** The server knows who is asking and says no. */
const refusedLogin = (hop: Hop, report: AuthReport, cause: Error): UserError => {
  const tried = report.tried.length === 0 ? "nothing could be tried" : `tried: ${listed(report.tried)}`;
  const left = report.left.length === 0 ? "" : `; not usable: ${listed(report.left)}`;
  const offered = report.offered === undefined ? "" : `; the server takes ${listed(report.offered) || "nothing more"}`;
  const tooMany = /too many authentication failures/i.test(cause.message);
  return fail(hop, `${hop.name} refused the log-in of user "${hop.user}" at ${where(hop)} (${tried}${left}${offered})`, {
    ...(tooMany ? { probably: "the agent offered more keys than sshd tries (MaxAuthTries)" } : {}),
    hint: tooMany
      ? "name the right key by identityFile, or turn the agent off (agent: false)"
      : `is the user right, and the key in that user's ~/.ssh/authorized_keys? After several failures ${penalties}`,
    cause,
  });
};

/** Whatever else ssh2 reports before a connection is ready. */
export const loginError = (hop: Hop, error: Error, report: AuthReport): UserError => {
  if (error instanceof UserError) return error;
  if (errorLevel(error) === "client-authentication" || /too many authentication failures/i.test(error.message))
    return refusedLogin(hop, report, error);
  if (/no matching|mismatch/i.test(error.message)) {
    return fail(hop, `${hop.name} and kbs have no algorithm in common: ${error.message}`, {
      hint: "its sshd is too old or too strict; allow curve25519-sha256, aes128-gcm@openssh.com and rsa-sha2-512 there",
      cause: error,
    });
  }
  return fail(hop, `the SSH connection to ${hop.name} at ${where(hop)} failed: ${error.message}`, { cause: error });
};

/** A connection that was ready and is gone. */
export const lostConnection = (hop: Hop, reason: string): UserError =>
  fail(hop, `the SSH connection to ${hop.name} was lost: ${reason}`, {
    hint: "did the machine go down, or a firewall cut the connection? Run the same command again: it continues where this one stopped",
  });
