import type { AnyAuthMethod, AuthenticationType, AuthHandlerMiddleware, Client, ClientChannel, ParsedKey } from "ssh2";
import ssh2 from "ssh2";

// The only file that imports ssh2: replacing it means opening this one, and what its types leave out is said here once.

export type SshClient = Client;
export type SshChannel = ClientChannel;
export type AuthMethod = AnyAuthMethod;
export type AuthHandler = AuthHandlerMiddleware;
export type { ParsedKey };

export const newClient = (): SshClient => new ssh2.Client();

/** The key, or why it is none. A passphrase costs 0.4 s of computing (bcrypt in JavaScript). */
export const parseKey = (data: string | Buffer, passphrase?: string): ParsedKey | Error => {
  const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(data, passphrase);
  return Array.isArray(parsed) ? (parsed[0] ?? new Error("no key in it")) : parsed;
};

/** What ends the list of log-in attempts; ssh2's types do not know it. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its documentation says false, its types only names
export const noMoreAttempts = false as unknown as AuthenticationType;

/** The keys that an agent holds, those of a kind that ssh2 knows. */
export const agentKeys = (socket: string): Promise<readonly ParsedKey[]> =>
  new Promise((resolve, reject) => {
    new ssh2.OpenSSHAgent(socket).getIdentities((error, keys) => {
      if (error) reject(error);
      else resolve((keys ?? []).flatMap((key) => ("pubKey" in key ? [] : [key])));
    });
  });

/** A log-in with one key of an agent. */
export const agentMethod = (username: string, socket: string, key: ParsedKey): AuthMethod => {
  const agent = new ssh2.OpenSSHAgent(socket);
  agent.getIdentities = (callback) => callback(undefined, [key]);
  return { type: "agent", username, agent };
};

/** Why a channel was not opened: 1 means forbidden, 2 means failed (RFC 4254, section 5.1). */
export const openFailure = (error: unknown): number | undefined => {
  const reason = error instanceof Error && "reason" in error ? error.reason : undefined;
  return typeof reason === "number" ? reason : undefined;
};

/** Where in ssh2 an error arose: `client-socket`, `protocol`, `handshake`, `client-authentication`, `client-timeout`, `agent`. */
export const errorLevel = (error: Error): string => ("level" in error && typeof error.level === "string" ? error.level : "");
