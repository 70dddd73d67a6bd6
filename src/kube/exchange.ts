import { type ClientHttp2Session, type ClientHttp2Stream, constants, type IncomingHttpHeaders, sensitiveHeaders } from "node:http2";

export interface Request {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** With its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly token?: string | undefined;
}

export interface Answer {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ExchangeOptions {
  readonly signal: AbortSignal;
  /** Milliseconds for the whole answer; with `onLine`, until it begins. */
  readonly timeout: number;
  /** Takes the lines of an answer below 400 as they come. */
  readonly onLine?: (line: string) => void;
  /** Called when such an answer begins. */
  readonly onOpen?: () => void;
}

const startStream = (session: ClientHttp2Session, { method, path, body, contentType, token }: Request): ClientHttp2Stream => {
  const stream = session.request(
    {
      ":method": method,
      ":path": path,
      accept: "application/json",
      "user-agent": "kbs",
      ...(body === undefined ? {} : { "content-type": contentType ?? "application/json" }),
      // Kept out of HPACK's table, where it could be guessed at.
      ...(token === undefined ? {} : { authorization: `Bearer ${token}`, [sensitiveHeaders]: ["authorization"] }),
    },
    { endStream: body === undefined },
  );
  if (body !== undefined) stream.end(JSON.stringify(body));
  return stream.setEncoding("utf8");
};

/** Hands over whole lines of a text that comes in pieces. */
const splitter = (onLine: (line: string) => void): ((piece: string) => void) => {
  let rest = "";
  return (piece) => {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(onLine);
  };
};

/**
 * Sends a request and reads its whole answer.
 * @throws the connection's error, or `signal.reason`.
 */
export const exchange = (session: ClientHttp2Session, request: Request, options: ExchangeOptions): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { signal, timeout, onLine, onOpen } = options;
    signal.throwIfAborted();
    const stream = startStream(session, request);
    let [headers, ended, body]: [IncomingHttpHeaders | undefined, boolean, string] = [undefined, false, ""];
    let take = (piece: string): unknown => (body += piece);
    const fail = (reason: unknown): void => {
      reject(reason);
      stream.close(constants.NGHTTP2_CANCEL);
    };
    const feed = (piece: string): void => {
      try {
        take(piece);
      } catch (error) {
        fail(error);
      }
    };
    const stop = (): void => fail(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    const timer = setTimeout(() => fail(new Error(`nothing within ${timeout / 1000} s`)), timeout);
    stream.on("response", (received) => {
      headers = received;
      if (onLine === undefined || Number(received[":status"]) >= 400) return;
      clearTimeout(timer);
      onOpen?.();
      take = splitter(onLine);
      // Data that came in one packet with the headers is emitted before them.
      feed(body);
    });
    stream.on("data", feed);
    stream.on("end", () => (ended = true));
    stream.on("error", reject);
    // A session that breaks lets its streams end as if they were whole; only the reset code tells.
    stream.on("close", () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      const whole = headers !== undefined && ended && !stream.aborted && stream.rstCode === constants.NGHTTP2_NO_ERROR;
      if (whole) resolve({ code: Number(headers?.[":status"]), headers: headers ?? {}, body });
      else reject(new Error("the connection broke"));
    });
  });
