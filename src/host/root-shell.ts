import { randomBytes } from "node:crypto";
import type { Launch, LaunchOptions, Process } from "./process.ts";
import { knownRefusal, noSudo, refusedRoot, tookTooLong, type Who, wrongPassword } from "./root-errors.ts";
import { rootScript } from "./root-script.ts";
import { orAborted, type TimeLimit, timeLimit } from "./time-limit.ts";
import type { RootShell } from "./transport.ts";

/** How to become root on one machine. */
export interface RootAccess extends Who {
  /** Asked for at most once; undefined when there is nobody who knows it. */
  readonly password: (() => Promise<string>) | undefined;
  readonly launch: Launch;
  /** Learned from the first shell: later ones need not wait for its marker. */
  memory: { isRoot?: boolean };
}

/** Milliseconds until sudo and the log-in shell's start-up files must be through; time at a prompt does not count. */
const readyTimeout = 30_000;
const tailLength = 4096;

const withoutMarkers = (text: string, marker: string): string =>
  text.replaceAll(new RegExp(`${marker} (?:ask |(?:root|none|ok)\n)`, "g"), "");

/** What is read on stderr. Before the marker all of it is kept, because it says how sudo refused; after it only the last part. */
interface Listener {
  readonly ready: Promise<void>;
  readonly tail: () => string;
}

const listen = (process: Process, access: RootAccess, marker: string, limit: TimeLimit): Listener => {
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  ready.catch(() => undefined);
  let text = "";
  let asked = 0;
  let isReady = false;

  const answer = async (): Promise<void> => {
    const { password } = access;
    if (password === undefined) throw refusedRoot(access, null, "a password is required");
    process.stdin.write(`${await limit.pause(password)}\n`);
  };

  const hear = (): void => {
    const prompts = text.split(`${marker} ask `).length - 1;
    if (prompts > 1) reject(wrongPassword(access));
    else if (prompts > asked) answer().catch(reject);
    asked = prompts;
    if (text.includes(`${marker} none\n`)) reject(noSudo(access));
    const [news] = new RegExp(`${marker} (?:root|ok)\n`).exec(text) ?? [];
    if (news === undefined) return;
    isReady = true;
    access.memory.isRoot = news.endsWith("root\n");
    text = text.slice(text.indexOf(news) + news.length); // noise of start-up files and of sudo before it is nobody's output
    resolve();
  };

  process.stderr.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    if (!isReady) hear();
    else if (text.length > 4 * tailLength) text = text.slice(-2 * tailLength);
  });
  const watchEnd = async (): Promise<void> => {
    const end = await process.ended.catch((error: unknown) => ({ error }));
    if (isReady || access.memory.isRoot) return;
    const said = Buffer.from(process.stdout.read() ?? ""); // nologin speaks there
    const printed = withoutMarkers(text, marker) + said.toString();
    // A server may close a session before it has told how its command ended.
    if ("error" in end) throw knownRefusal(access, printed) ?? end.error;
    reject(refusedRoot(access, end.code, printed));
  };
  watchEnd().catch(reject);
  return { ready, tail: () => withoutMarkers(text, marker).slice(-tailLength) };
};

/**
 * Starts `/bin/sh -c <loader>` as root: directly where the log-in is root, otherwise by sudo, or by doas where that asks no password.
 * @throws UserError exit "unreachable" that says how sudo refused; the signal's reason
 */
export const startRootShell = async (access: RootAccess, loader: string, options: LaunchOptions = {}): Promise<RootShell> => {
  const marker = `kbs-${randomBytes(12).toString("hex")}`;
  const process = await access.launch(rootScript(loader, marker, access.password !== undefined), options);
  const limit: TimeLimit = timeLimit(readyTimeout, () => tookTooLong(access, readyTimeout / 1000, tail()));
  const { ready, tail } = listen(process, access, marker, limit);
  try {
    if (!access.memory.isRoot) await orAborted(ready, limit.signal, options.signal);
    const { stdin, stdout, ended, abandon } = process;
    return { stdin, stdout, stderrTail: tail, ended, abandon };
  } catch (error) {
    process.abandon();
    throw error;
  } finally {
    limit.stop();
  }
};
