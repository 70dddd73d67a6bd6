import type { Duplex } from "node:stream";
import { orAborted, timeLimit } from "../time-limit.ts";
import { planAttempts } from "./attempts.ts";
import { createAuthenticator } from "./authenticator.ts";
import type { Hop } from "./hop.ts";
import { hostKeyAlgorithms } from "./host-key.ts";
import { hungUp, loginError, timedOut } from "./login-errors.ts";
import { errorLevel, newClient, type SshClient } from "./ssh2.ts";
import type { Prompt, SshOptions } from "./target.ts";
import { verifyHostKey } from "./verify-host-key.ts";

/** The server hung up before it had said anything: with many log-ins at once it does so by chance (MaxStartups), so another try is due. */
export class HungUp extends Error {}

/** What came before SSH's own greeting: sshd says in a line of text why it hangs up. */
interface Greeting {
  said: string;
  isSsh: boolean;
}

const listen = (socket: Duplex, greeting: Greeting): void => {
  const hear = (data: Buffer): void => {
    const text = `${greeting.said}${data.toString("latin1", 0, 200)}`;
    greeting.isSsh = text.includes("SSH-");
    greeting.said = greeting.isSsh ? "" : text;
    if (greeting.isSsh || text.length > 200) socket.off("data", hear);
  };
  socket.prependListener("data", hear);
};

/** Only a server that said nothing yet is tried again: after that it may have counted a failed log-in. */
const dropped = (error: Error, { isSsh }: Greeting): boolean =>
  !isSsh && (/before handshake/.test(error.message) || ("code" in error && error.code === "ECONNRESET"));

/** Resolves when ssh2 is ready. Its "agent" errors are no end: it goes on to the next key. */
const becomeReady = (client: SshClient): Promise<void> =>
  new Promise((resolve, reject) => {
    client.once("ready", resolve);
    client.on("error", (error) => {
      if (errorLevel(error) !== "agent") reject(error);
    });
    client.once("close", () => reject(new Error("the server closed the connection")));
  });

/**
 * Shakes hands over a socket, verifies the host key and logs in. One time limit holds for all of it, but not while a person is asked.
 * @throws HungUp, or UserError exit "unreachable"
 */
export const logIn = async (hop: Hop, socket: Duplex, options: SshOptions): Promise<SshClient> => {
  const limit = timeLimit(hop.connectTimeout, () => timedOut(hop, "the log-in"));
  const { prompt } = options;
  const asking = prompt && { prompt: ((question) => limit.pause(() => prompt(question))) satisfies Prompt };
  const client = newClient();
  let refusal: unknown;
  const greeting = { said: "", isSsh: false };
  const { handler, report } = createAuthenticator(hop, await planAttempts(hop, asking?.prompt));
  const ready = becomeReady(client);
  try {
    client.connect({
      sock: socket,
      username: hop.user,
      authHandler: handler,
      algorithms: { serverHostKey: [...hostKeyAlgorithms(hop.hostKeys)] },
      hostVerifier: (key: Buffer, verify: (good: boolean) => void) => {
        verifyHostKey(hop, key, { ...options, ...asking }).then(
          () => verify(true),
          (error: unknown) => {
            refusal = error;
            verify(false);
          },
        );
      },
      readyTimeout: 0, // ours knows about prompts
      keepaliveInterval: hop.keepAliveInterval,
      keepaliveCountMax: 3,
    });
    listen(socket, greeting);
    await orAborted(ready, limit.signal, options.signal);
    client.setNoDelay(true);
    return client;
  } catch (error) {
    socket.destroy();
    if (limit.signal.aborted || options.signal?.aborted) throw error;
    if (refusal !== undefined || report.failure !== undefined) throw refusal ?? report.failure;
    if (error instanceof Error && dropped(error, greeting)) throw new HungUp("hung up", { cause: hungUp(hop, greeting.said) });
    throw loginError(hop, error instanceof Error ? error : new Error(String(error)), report);
  } finally {
    limit.stop();
  }
};
