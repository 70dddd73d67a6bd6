import { KubeError, noAnswer, refused } from "./error.ts";
import { type Answer, type ExchangeOptions, exchange, type Request } from "./exchange.ts";
import { gate, patiently } from "./patience.ts";
import { keepSession } from "./session.ts";
import type { CallOptions, KubeOptions } from "./types.ts";

/** Milliseconds for one try. */
const defaultTimeout = 10_000;
/** Milliseconds for all tries. */
const defaultPatience = 30_000;

/** Requests at a time. A server allows some 100 streams (--http2-max-streams-per-connection), of which watches take a few. */
const parallel = 64;

/** A request in words, for errors: "apply", "Deployment kube-system/coredns". */
interface Purpose {
  readonly verb: string;
  readonly subject: string;
}

interface StreamOptions {
  readonly onLine: (line: string) => void;
  /** Called when the answer begins. */
  readonly onOpen?: (() => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Sends the requests of one client: bounded, timed, retried, every failure told as a KubeError. */
export interface Asker {
  ask(purpose: Purpose, request: Request, options?: CallOptions): Promise<Answer>;
  /** Passes on the lines of an answer that has no end of its own; resolves when it ended after all. One try. */
  stream(purpose: Purpose, request: Request, options: StreamOptions): Promise<void>;
  close(): void;
}

/** The promise, unless the signal comes first. */
const unless = <T>(signal: AbortSignal, promise: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });

export const openAsker = (options: KubeOptions): Asker => {
  const closing = new AbortController();
  const ended = options.signal ? AbortSignal.any([options.signal, closing.signal]) : closing.signal;
  const session = keepSession(options, ended);
  const through = gate(parallel);
  const either = (signal?: AbortSignal): AbortSignal => (signal ? AbortSignal.any([ended, signal]) : ended);

  const once = async (purpose: Purpose, request: Request, how: ExchangeOptions): Promise<Answer> => {
    const asked = { ...purpose, server: options.describe };
    try {
      const connection = await unless(how.signal, session());
      const answer = await exchange(connection, { ...request, token: options.token }, how);
      if (answer.code < 400) return answer;
      throw refused(asked, answer.code, answer.body, answer.headers["retry-after"]);
    } catch (error) {
      if (how.signal.aborted) throw how.signal.reason;
      throw error instanceof KubeError ? error : noAnswer(asked, error);
    }
  };
  return {
    ask: (purpose, request, { signal: caller, timeout = defaultTimeout, patience = defaultPatience } = {}) => {
      const signal = either(caller);
      return patiently(patience, signal, () => through(() => once(purpose, request, { signal, timeout })));
    },
    stream: async (purpose, request, { onLine, onOpen = () => undefined, signal }) => {
      // What a line's reader throws is its own, and no word about the connection.
      const thrown: unknown[] = [];
      const read = (line: string): void => {
        try {
          onLine(line);
        } catch (error) {
          thrown.push(error);
          throw error;
        }
      };
      const how = { signal: either(signal), timeout: defaultTimeout, onLine: read, onOpen };
      await once(purpose, request, how).catch((error: unknown) => {
        throw thrown.length > 0 ? thrown[0] : error;
      });
    },
    close: () => closing.abort(new Error("the connection to the API server was closed")),
  };
};
