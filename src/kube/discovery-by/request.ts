import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import type { TLSSocket } from "node:tls";
import { type Answer, exchange } from "../exchange.ts";
import { formatEndpoint } from "./endpoint.ts";
import { secure, type Target } from "./secure.ts";
import { isTrouble, lasting, passing, type Trouble } from "./trouble.ts";

/** Milliseconds for an answer. */
const within = 10_000;

/** The ConfigMap by which a cluster introduces itself; anyone may read it. */
const path = "/api/v1/namespaces/kube-public/configmaps/cluster-info";

export interface ClusterInfo {
  readonly data: Readonly<Record<string, string>>;
  /** How far the server's clock is ahead of this machine's, in milliseconds, to the second. */
  readonly ahead: number | undefined;
}

interface Body {
  readonly kind?: unknown;
  readonly message?: unknown;
  readonly data?: Readonly<Record<string, string>> | null;
}

const parsed = (text: string): Body | undefined => {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? body : undefined;
  } catch {
    return undefined;
  }
};

const send = async (socket: TLSSocket, authority: string, signal: AbortSignal): Promise<Answer> => {
  const session = connectHttp2(`https://${authority}`, { createConnection: () => socket, settings: { enablePush: false } });
  session.on("error", () => undefined);
  try {
    await once(session, "connect", { signal: AbortSignal.any([signal, AbortSignal.timeout(within)]) });
    return await exchange(session, { method: "GET", path }, { signal, timeout: within });
  } finally {
    session.destroy();
  }
};

const otherFile = "--discovery-file with a kubeconfig of the cluster does without cluster-info";

const refused = (where: string, code: number, message: string): Trouble => {
  switch (code) {
    case 401:
      return lasting(`${where} answers nobody who has not logged in, so it cannot be asked who it is`, { hint: otherFile });
    case 403:
      return passing(`${where} does not let anybody read the ConfigMap kube-public/cluster-info`, {
        probably: "the cluster is just being made; or it was not made for joining with a token",
        hint: `see the Role kubeadm:bootstrap-signer-clusterinfo in kube-public; ${otherFile}`,
      });
    case 404:
      return passing(`${where} has no ConfigMap kube-public/cluster-info`, {
        probably: "the cluster is just being made; or it was not made by kubeadm or kbs",
        hint: otherFile,
      });
    default:
      return passing(`${where} answered ${code}: ${message.slice(0, 300)}`);
  }
};

const read = ({ code, headers, body }: Answer, where: string): ClusterInfo | Trouble => {
  const found = parsed(body);
  if (found?.kind === "Status") return refused(where, code, typeof found.message === "string" ? found.message : "");
  if (code !== 200 || found?.kind !== "ConfigMap") {
    return lasting(
      `what answers at ${where} is no Kubernetes API server: it answered ${code} with ${headers["content-type"] ?? "no type"}`,
      {
        hint: "see whether this is the API server's port (6443 unless somebody chose another): a kubelet, for one, listens on 10250",
      },
    );
  }
  const server = Date.parse(headers.date ?? "");
  return { data: found.data ?? {}, ahead: Number.isNaN(server) ? undefined : server - Date.now() };
};

/** Why there was TLS and no answer. A server of TLS 1.3 says only behind the handshake that it wants a certificate. */
const broken = (where: string, error: unknown): Trouble => {
  const said = error instanceof Error ? error.message.trim() : String(error);
  return /certificate required|bad certificate/i.test(said)
    ? lasting(`what answers at ${where} wants a certificate before it says anything, which no Kubernetes API server does`, {
        hint: "see whether this is the API server's port (6443 unless somebody chose another): etcd, for one, listens on 2379",
      })
    : passing(`${where} agrees on TLS, and then does not answer: ${said}`);
};

/** Asks for cluster-info once. @throws the signal's reason */
export const askClusterInfo = async (target: Target): Promise<ClusterInfo | Trouble> => {
  const { endpoint, signal } = target;
  const where = formatEndpoint(endpoint);
  const secured = await secure(target);
  if (isTrouble(secured)) return secured;
  try {
    return read(await send(secured.socket, where, signal), where);
  } catch (error) {
    signal.throwIfAborted();
    return broken(where, error);
  } finally {
    secured.socket.destroy();
  }
};
