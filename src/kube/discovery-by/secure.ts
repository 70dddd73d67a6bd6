import type { X509Certificate } from "node:crypto";
import { isIP, type Socket } from "node:net";
import { checkServerIdentity, connect as connectTls, type TLSSocket } from "node:tls";
import { openTcp } from "../../host/tcp.ts";
import { type Endpoint, formatEndpoint } from "./endpoint.ts";
import { socketTrouble, tlsTrouble } from "./explain.ts";
import { greeting } from "./greeting.ts";
import { isTrouble, lasting, passing, type Trouble } from "./trouble.ts";
import { untrustedTrouble } from "./untrusted.ts";

/** Milliseconds for TCP, and for TLS on it. */
const within = 10_000;

/** Who a server must prove to be; "anyone" is for the first question, whose answer is signed. */
export type Trust = "anyone" | { readonly ca: string /** A name or address that its certificate must hold. */; readonly name: string };

export interface Target {
  readonly endpoint: Endpoint;
  readonly trust: Trust;
  /** How far the server's clock is ahead of this machine's, in milliseconds, where that is known. */
  readonly ahead?: number | undefined;
  readonly signal: AbortSignal;
}

/** A TLS connection, its server judged, and not a byte sent on it yet. */
export interface Secured {
  readonly socket: TLSSocket;
  readonly peer: X509Certificate | undefined;
}

const dial = async ({ endpoint, signal }: Target): Promise<Socket | Trouble> => {
  try {
    return await openTcp(endpoint.host, endpoint.port, within, signal);
  } catch (error) {
    signal.throwIfAborted();
    return socketTrouble(endpoint, error);
  }
};

/** Resolves with the error that ended the handshake, or with nothing when it went well. */
const shake = (socket: TLSSocket, signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(within)]);
    limit.addEventListener("abort", () => resolve(limit.reason), { once: true });
    socket.once("secureConnect", () => resolve(undefined));
    socket.once("error", resolve);
    socket.once("close", () => resolve(new Error("closed")));
  });

/**
 * Connects and judges the server's certificate. Nothing is sent to a server that is not trusted, beyond the greeting of TLS itself.
 * @throws the signal's reason
 */
export const secure = async (target: Target): Promise<Secured | Trouble> => {
  const { endpoint, trust, signal } = target;
  const tcp = await dial(target);
  if (isTrouble(tcp)) return tcp;
  const name = trust === "anyone" ? endpoint.host : trust.name;
  const socket = connectTls({
    socket: tcp,
    host: endpoint.host,
    ...(isIP(endpoint.host) === 0 && { servername: endpoint.host }),
    ALPNProtocols: ["h2", "http/1.1"],
    // Judged below, before anything is sent: with a refusal here the certificate that explains it would be gone.
    rejectUnauthorized: false,
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
    ...(trust !== "anyone" && { ca: trust.ca }),
  });
  const failure = await shake(socket, signal);
  socket.on("error", () => undefined);
  if (signal.aborted) socket.destroy();
  signal.throwIfAborted();
  const found = failure === undefined ? judge(socket, target) : await tlsTrouble(endpoint, failure, () => greeting(endpoint, signal));
  if (isTrouble(found)) socket.destroy();
  return found;
};

const judge = (socket: TLSSocket, target: Target): Secured | Trouble => {
  const { endpoint, trust } = target;
  const peer = socket.getPeerX509Certificate();
  if (trust !== "anyone" && !socket.authorized) return untrustedTrouble(socket.authorizationError, peer, { ...target, trust });
  if (socket.alpnProtocol === "h2") return { socket, peer };
  return lasting(`what answers at ${formatEndpoint(endpoint)} speaks TLS, but not HTTP/2: that is no Kubernetes API server`, {
    probably: "it is another web server, or a proxy that ends TLS in front of the API server",
    hint: "name the API server itself, or a load balancer that passes TCP on as it is",
  });
};

/** Whether the server can be reached and proves who it is. Resolves with the address of this machine on the way to it. */
export const reach = async (target: Target): Promise<{ readonly localAddress: string } | Trouble> => {
  const secured = await secure(target);
  if (isTrouble(secured)) return secured;
  const { localAddress } = secured.socket;
  secured.socket.destroy();
  return localAddress === undefined ? passing(`the connection to ${formatEndpoint(target.endpoint)} was closed at once`) : { localAddress };
};
