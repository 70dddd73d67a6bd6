import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect } from "node:tls";
import { hostPortOf } from "../../shared/names.ts";
import { askPage } from "../plain-answer.ts";

/** What one endpoint of an etcd that others run has answered. */
export type EndpointAnswer =
  | { readonly url: string; readonly version: string }
  /** In words: why it gave no version. */
  | { readonly url: string; readonly problem: string };

/** An external etcd, as a control plane sees it. */
export interface ExternalEtcdSeen {
  /** Files for logging in that are not on the host. */
  readonly missing: readonly string[];
  readonly endpoints: readonly EndpointAnswer[];
}

/** By which clients log in; PEM. */
export interface EtcdLogin {
  readonly ca?: Buffer | undefined;
  readonly cert?: Buffer | undefined;
  readonly key?: Buffer | undefined;
}

/** Milliseconds for one endpoint. */
const within = 10_000;

const overTls = (stream: Duplex, host: string, { ca, cert, key }: EtcdLogin, signal: AbortSignal): Promise<Duplex> =>
  new Promise((resolve, reject) => {
    const name = isIP(host) === 0 ? { servername: host } : {};
    const secure = connect({ socket: stream, host, ...name, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) });
    const tooLate = (): void => reject(new Error("it did not answer in time"));
    if (signal.aborted) tooLate();
    signal.addEventListener("abort", tooLate, { once: true });
    secure.on("error", reject);
    // A stream that closes does not always make its TLS socket fail; one that was closed before makes it say nothing at all.
    secure.once("close", () => reject(new Error("it closed the connection")));
    secure.once("secureConnect", () => resolve(secure));
  });

const versionIn = (body: string): string | undefined => {
  try {
    const { etcdserver }: { etcdserver?: unknown } = JSON.parse(body);
    return typeof etcdserver === "string" ? etcdserver : undefined;
  } catch {
    return undefined;
  }
};

/**
 * The version of an etcd by one of its client URLs, asked for as kubeadm's preflight does.
 * @param dial a connection from where etcd is to be reached
 * @returns an answer in any case, but for the signal
 */
export const askExternalEtcd = async (
  url: string,
  login: EtcdLogin,
  dial: (host: string, port: number, signal: AbortSignal) => Promise<Duplex>,
  signal: AbortSignal,
): Promise<EndpointAnswer> => {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(within)]);
  try {
    const parsed = new URL(url);
    const { host, port } = hostPortOf(parsed);
    const stream = await dial(host, port, limited);
    try {
      const answer = await askPage(
        parsed.protocol === "https:" ? await overTls(stream, host, login, limited) : stream,
        { host, path: "/version" },
        limited,
      );
      const version = answer?.code === 200 ? versionIn(answer.body) : undefined;
      return version === undefined
        ? { url, problem: `it does not answer as etcd does (code ${answer?.code ?? "none"})` }
        : { url, version };
    } finally {
      stream.destroy();
    }
  } catch (error) {
    signal.throwIfAborted();
    return { url, problem: error instanceof Error ? error.message : String(error) };
  }
};
