import type { Host } from "../changes/host.ts";

/** Bytes of an answer that are read; etcd's metrics have some 100 kB. */
const most = 1_000_000;
/** Milliseconds for one answer. */
const within = 6000;

/**
 * Asks a port of a host's own loopback address for a page, without TLS. HTTP/1.0, so that the answer ends with the connection and is in one piece.
 * @returns the body; undefined for an empty answer
 * @throws what the connection throws; `signal.reason`
 */
export const getFrom = async (door: Pick<Host, "dial">, port: number, path: string, signal: AbortSignal): Promise<string | undefined> => {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(within)]);
  const stream = await door.dial("127.0.0.1", port, { signal: limited });
  const stop = (): void => void stream.destroy(new Error("no whole answer in time"));
  limited.addEventListener("abort", stop, { once: true });
  try {
    stream.write(`GET ${path} HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    let text = "";
    for await (const chunk of stream) {
      text += String(chunk);
      if (text.length > most) break;
    }
    const end = text.indexOf("\r\n\r\n");
    return end < 0 ? undefined : text.slice(end + 4);
  } finally {
    limited.removeEventListener("abort", stop);
    stream.destroy();
  }
};
