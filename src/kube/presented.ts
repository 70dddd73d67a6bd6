import type { X509Certificate } from "node:crypto";
import type { Duplex } from "node:stream";
import { connect } from "node:tls";

/** Milliseconds for the connection and the greeting of TLS. */
const within = 10_000;

/** With which a server knows its client, PEM. */
export interface ClientPair {
  readonly cert: string;
  readonly key: string;
}

/**
 * The certificate that a TLS server presents, whatever it is worth: nothing is said to that server, and nothing of it believed.
 * @throws the connection's error, or the signal's reason
 */
export const presentedBy = async (
  dial: (signal: AbortSignal) => Promise<Duplex>,
  client: ClientPair | undefined,
  signal: AbortSignal,
): Promise<X509Certificate> => {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(within)]);
  const tunnel = await dial(limit);
  tunnel.on("error", () => undefined);
  const socket = connect({ socket: tunnel, rejectUnauthorized: false, ...client });
  try {
    return await new Promise<X509Certificate>((resolve, reject) => {
      limit.addEventListener("abort", () => reject(limit.reason), { once: true });
      socket.on("error", reject);
      socket.once("close", () => reject(new Error("it closed the connection")));
      socket.once("secureConnect", () => {
        const certificate = socket.getPeerX509Certificate();
        if (certificate) resolve(certificate);
        else reject(new Error("it presents no certificate"));
      });
    });
  } finally {
    socket.destroy();
    tunnel.destroy();
  }
};
