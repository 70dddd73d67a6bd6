import type { Duplex } from "node:stream";

/** Bytes of an answer that are read; etcd's metrics have some 100 kB. */
const most = 1_000_000;

/**
 * Asks for a page by HTTP/1.0, so that the answer ends with the connection and is in one piece. The connection is closed then.
 * @returns the code and the body; undefined for an empty answer
 * @throws what the connection throws; an Error when the signal comes first
 */
export const askPage = async (
  stream: Duplex,
  { host, path }: { readonly host: string; readonly path: string },
  signal: AbortSignal,
): Promise<{ readonly code: number; readonly body: string } | undefined> => {
  const stop = (): void => void stream.destroy(new Error("no whole answer in time"));
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    stream.write(`GET ${path} HTTP/1.0\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    let text = "";
    for await (const chunk of stream) {
      text += String(chunk);
      if (text.length > most) break;
    }
    const end = text.indexOf("\r\n\r\n");
    return end < 0 ? undefined : { code: Number(text.split(" ")[1]), body: text.slice(end + 4) };
  } finally {
    signal.removeEventListener("abort", stop);
    stream.destroy();
  }
};
