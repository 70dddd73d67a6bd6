import { UserError } from "../../shared/errors.ts";
import type { Hop } from "./hop.ts";
import { changedKey, fingerprint, hostKeyQuestion, judgeHostKey, revokedKey, typeName, unknownKey } from "./host-key.ts";
import type { KnownKey } from "./known-hosts.ts";
import { appendKnownHost } from "./known-hosts-append.ts";
import type { Prompt, SshOptions } from "./target.ts";

const agrees = async (hop: Hop, blob: Buffer, authorities: readonly KnownKey[], prompt: Prompt): Promise<boolean> => {
  let text = hostKeyQuestion(hop, blob, authorities);
  for (;;) {
    const answer = (await prompt({ host: hop.name, text, secret: false })).trim();
    if (answer.toLowerCase() === "yes" || answer === fingerprint(blob)) return true;
    if (answer.toLowerCase() === "no" || answer === "") return false;
    text = "Please type 'yes', 'no' or the fingerprint: ";
  }
};

const remember = async (hop: Hop, blob: Buffer, log: SshOptions["log"]): Promise<void> => {
  const [file] = hop.hostKeys.userFiles;
  if (file === undefined) return;
  const what = `${typeName(blob)} host key ${fingerprint(blob)} of ${hop.hostKeys.lookUp}`;
  try {
    await appendKnownHost(file, hop.hostKeys.lookUp, blob, hop.hostKeys.hash);
    log(`${what} added to ${file}`);
  } catch (error) {
    // As OpenSSH: the key is good for this connection, it will only be asked for again.
    log(`${what} accepted, but ${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
};

/** Keys that are being accepted right now, so that one key is asked for and written down once, however many connections meet it. */
const pending = new Map<string, Promise<void>>();

const acceptUnknown = async (hop: Hop, blob: Buffer, authorities: readonly KnownKey[], options: SshOptions): Promise<void> => {
  const { unknown } = hop.hostKeys;
  if (unknown === "refuse" || (unknown === "ask" && options.prompt === undefined)) throw unknownKey(hop, blob, authorities);
  if (unknown === "ask" && options.prompt !== undefined && !(await agrees(hop, blob, authorities, options.prompt))) {
    throw new UserError(`the host key of ${hop.name} was not accepted`, { exit: "unreachable", host: hop.name });
  }
  await remember(hop, blob, options.log);
};

/** Lets a server's key pass or throws the UserError that says why not and what to do. May ask, and may write to known_hosts. */
export const verifyHostKey = async (hop: Hop, blob: Buffer, options: SshOptions): Promise<void> => {
  const verdict = judgeHostKey(blob, hop.hostKeys);
  if (verdict.kind === "known") return;
  if (verdict.kind === "revoked") throw revokedKey(hop, blob, verdict.known);
  if (verdict.kind === "changed") throw changedKey(hop, blob, verdict.known);
  const key = JSON.stringify([hop.hostKeys.userFiles[0], hop.hostKeys.lookUp, blob.toString("base64")]);
  const running = pending.get(key) ?? acceptUnknown(hop, blob, verdict.authorities, options).finally(() => pending.delete(key));
  pending.set(key, running);
  await running;
};
