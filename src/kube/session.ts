import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import type { Duplex } from "node:stream";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { untrusted } from "./error.ts";
import type { KubeOptions } from "./types.ts";

/** Milliseconds for tunnel, TLS and HTTP/2 greeting together. */
const connectTimeout = 10_000;
/** Milliseconds between pings, and for the answer to one. A busy SSH connection may hold one back for some seconds. */
const pingEvery = 15_000;
/** Milliseconds for which a failed connection speaks for all requests: a hundred that try again at once cost one channel. */
const failureLasts = 200;
/** Bytes that the server may send ahead: 64 KiB, the default, would cost a round trip each in a long list. */
const window = 4 * 1024 * 1024;

const secure = async (options: KubeOptions, tunnel: Duplex, signal: AbortSignal): Promise<TLSSocket> => {
  const { serverName, ca, cert, key, describe } = options;
  const socket = connectTls({
    socket: tunnel,
    servername: serverName,
    ca,
    ALPNProtocols: ["h2"],
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  });
  try {
    // A tunnel that closes does not always make its TLS socket fail.
    const closed = once(socket, "close", { signal }).then(() => Promise.reject(new Error("the connection was closed at once")));
    closed.catch(() => undefined);
    await Promise.race([once(socket, "secureConnect", { signal }), closed]);
  } catch (error) {
    socket.destroy();
    // Set by node:tls when the certificate is why; its type promises an Error, its code sets a string.
    throw socket.authorizationError ? untrusted(describe, error) : error;
  }
  if (socket.alpnProtocol !== "h2") {
    socket.destroy();
    throw untrusted(describe, new Error("it does not speak HTTP/2"));
  }
  return socket;
};

/** A session by itself waits for a frozen connection to take what it still has to write; its socket ends at once. */
const keepAlive = (session: ClientHttp2Session, socket: TLSSocket): void => {
  let answered = true;
  const timer = setInterval(() => {
    if (!answered || session.destroyed) return socket.destroy(new Error(`no answer to a ping within ${pingEvery / 1000} s`));
    answered = false;
    session.ping(() => (answered = true));
  }, pingEvery).unref();
  session.once("close", () => clearInterval(timer));
};

const connect = async (options: KubeOptions, ended: AbortSignal): Promise<ClientHttp2Session> => {
  const limit = new AbortController();
  // Ended below: a dialler may tie its stream to the signal for good.
  const timer = setTimeout(() => limit.abort(), connectTimeout);
  const signal = AbortSignal.any([ended, limit.signal]);
  let tunnel: Duplex | undefined;
  try {
    tunnel = await options.dial(signal);
    const dialled = tunnel;
    dialled.on("error", () => undefined);
    signal.throwIfAborted();
    const socket = await secure(options, dialled, signal);
    const session = connectHttp2(`https://${options.serverName}`, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: window },
    });
    // Each request learns of it by its own stream.
    session.on("error", () => undefined);
    session.once("connect", () => session.setLocalWindowSize(window));
    session.once("close", () => dialled.destroy());
    keepAlive(session, socket);
    const end = (): TLSSocket => socket.destroy();
    ended.addEventListener("abort", end, { once: true });
    session.once("close", () => ended.removeEventListener("abort", end));
    return session;
  } catch (error) {
    tunnel?.destroy();
    throw limit.signal.aborted && !ended.aborted ? new Error(`no connection within ${connectTimeout / 1000} s`, { cause: error }) : error;
  } finally {
    clearTimeout(timer);
  }
};

/**
 * Keeps one HTTP/2 session over one tunnel for all requests of a client, until `ended`. The function returned gives the living session,
 * or a new one; after a GOAWAY, what runs ends on the old one.
 * @throws KubeError "Untrusted", or whatever the tunnel's failure is
 */
export const keepSession = (options: KubeOptions, ended: AbortSignal): (() => Promise<ClientHttp2Session>) => {
  let current: Promise<ClientHttp2Session> | undefined;
  return () => {
    if (current !== undefined) return current;
    const mine = connect(options, ended);
    const forget = (): void => {
      if (current === mine) current = undefined;
    };
    mine.then(
      (session) => session.once("goaway", forget).once("close", forget),
      () => setTimeout(forget, failureLasts).unref(),
    );
    current = mine;
    return mine;
  };
};
