import type { Host } from "../changes/host.ts";
import { askPage } from "../kube/plain-answer.ts";

/** Milliseconds for one answer. */
const within = 6000;

/**
 * Asks a port of a host's own loopback address, 127.0.0.1 or ::1, for a page, without TLS.
 * @returns the body; undefined for an empty answer
 * @throws what the connection throws; an Error when there is no whole answer in time
 */
export const getFrom = async (
  door: Pick<Host, "dial">,
  { loopback, port }: { readonly loopback: string; readonly port: number },
  path: string,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(within)]);
  const stream = await door.dial(loopback, port, { signal: limited });
  return (await askPage(stream, { host: "localhost", path }, limited))?.body;
};
