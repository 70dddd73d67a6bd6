import { openTcp } from "../../host/tcp.ts";
import type { Endpoint } from "./endpoint.ts";

/** Milliseconds for what listens to say something. */
const within = 3000;
/** Characters of it that are shown. */
const most = 80;

/** The first line of what a server without TLS says when it is asked in plain HTTP; undefined when it says nothing that a person can read. */
export const greeting = async ({ host, port }: Endpoint, signal: AbortSignal): Promise<string | undefined> => {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(within)]);
  try {
    const socket = await openTcp(host, port, within, limit);
    const end = (): unknown => socket.destroy();
    limit.addEventListener("abort", end, { once: true });
    socket.on("error", end).write("GET / HTTP/1.0\r\n\r\n");
    let said = "";
    try {
      for await (const piece of socket) {
        said += String(piece);
        if (said.includes("\n") || said.length > 1000) break;
      }
    } finally {
      socket.destroy();
    }
    const line = said.split(/\r?\n/)[0] ?? "";
    return /^[\x20-\x7e]{1,1000}$/.test(line) ? line.slice(0, most) : undefined;
  } catch {
    return undefined;
  }
};
