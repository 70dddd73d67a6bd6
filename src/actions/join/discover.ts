import { type ClusterTexts } from "../../config/joined-cluster.ts";
import { toEventError } from "../../engine/events.ts";
import { asUserError } from "../../engine/run.ts";
import { openTcp } from "../../host/tcp.ts";
import { openKube } from "../../kube/client.ts";
import { type Endpoint, endpointOf, formatEndpoint } from "../../kube/discovery-by/endpoint.ts";
import { discoverByFile } from "../../kube/discovery-by/file.ts";
import { type Discovered, type DiscoveryOptions, discoverByToken, reachAsNode } from "../../kube/discovery-by/token.ts";
import { KubeError } from "../../kube/error.ts";
import type { Kube, LiveObject } from "../../kube/types.ts";
import { readKubeconfig } from "../../pki/kubeconfig/kubeconfig.ts";
import type { BootstrapToken } from "../../pki/token.ts";
import { UserError } from "../../shared/errors.ts";
import { adminConf } from "../kubeconfig/write.ts";
import type { FleetOptions } from "../options.ts";
import type { ToldPhase } from "../told-phase.ts";

/** How the cluster is found, and believed. */
export type Discovery =
  | {
      readonly by: "token";
      readonly endpoint: Endpoint;
      readonly token: BootstrapToken /** Empty: any CA that the token vouches for. */;
      readonly pins: readonly string[];
    }
  | { readonly by: "file"; readonly place: string };

/** A cluster that has proven who it is, with what this machine logs in with until it has a certificate. */
export interface Found extends Discovered {
  /** A secret. */
  readonly token: string;
}

const discover = async (discovery: Discovery, tlsToken: BootstrapToken | undefined, limits: DiscoveryOptions): Promise<Found> => {
  if (discovery.by === "file") return await discoverByFile({ place: discovery.place, token: tlsToken?.text }, limits);
  return { ...(await discoverByToken(discovery, limits)), token: (tlsToken ?? discovery.token).text };
};

/** Does work on this machine outside the engine, and tells it as a phase. @throws UserError what the work throws */
export const told = async <T>(
  { phase, title }: ToldPhase,
  host: string,
  { bus, signal }: Pick<FleetOptions, "bus" | "signal">,
  work: (waiting: (reason: string) => void) => Promise<T>,
): Promise<T> => {
  const began = Date.now();
  const names = { phase, host };
  bus.emit({ type: "phase-planned", phase, title, hosts: [host] });
  bus.emit({ type: "unit-started", ...names });
  const end = () => ({ type: "unit-ended", ...names, changed: 0, took: Date.now() - began }) as const;
  try {
    const result = await work((reason) => bus.emit({ type: "waiting", ...names, reason }));
    bus.emit({ ...end(), state: "done" });
    return result;
  } catch (thrown) {
    if (signal.aborted) throw thrown instanceof UserError ? thrown : signal.reason;
    const error = asUserError(thrown, host);
    bus.emit({ ...end(), state: "failed", error: toEventError(error) });
    throw error;
  }
};

/** A server that is not reached, where others would go through a proxy: kbs does not, and says so. */
export const besideProxy = (error: UserError, environment: Readonly<Record<string, string | undefined>>): UserError => {
  const name = ["HTTPS_PROXY", "https_proxy"].find((variable) => environment[variable]);
  if (name === undefined || error.exit !== "unreachable" || error.details.probably !== undefined) return error;
  return new UserError(error.message, {
    ...error.details,
    probably: `${name} is set here: if there is no way but the proxy, kbs does not take it, and no kubelet should`,
  });
};

/** Finds the cluster, told as a phase. @throws UserError that says why it cannot be found or believed */
export const discoverCluster = (
  { discovery, tlsToken, host }: { readonly discovery: Discovery; readonly tlsToken: BootstrapToken | undefined; readonly host: string },
  options: FleetOptions,
): Promise<Found> =>
  told({ phase: "discover", title: "Discover the cluster" }, host, options, async (waiting) => {
    try {
      return await discover(discovery, tlsToken, { signal: options.signal, waiting });
    } catch (error) {
      throw error instanceof UserError ? besideProxy(error, process.env) : error;
    }
  });

/** The same by the administrator's kubeconfig that this machine has: it is believed as it is, and its server tried. */
export const discoverHere = (admin: string, host: string, options: FleetOptions): Promise<Found> =>
  told({ phase: "discover", title: "Discover the cluster" }, host, options, async (waiting) => {
    const { server = "", ca = "" } = readKubeconfig(admin) ?? {};
    const named = adminConf;
    const endpoint = endpointOf(server, named);
    const { localAddress } = await reachAsNode({ endpoint, ca, named }, { signal: options.signal, waiting });
    return { endpoint, ca, localAddress, token: "" };
  });

/** Milliseconds for a connection to the API. */
const dialWithin = 10_000;
/** Milliseconds during which a server that does not answer is asked again: kubeadm's kubernetesAPICall. */
const patience = 60_000;

/** The API of the cluster, by the token. Connects at the first request. */
export const openWithToken = ({ endpoint, ca, token }: Found, signal: AbortSignal): Kube =>
  openKube({
    dial: (dialSignal) => openTcp(endpoint.host, endpoint.port, dialWithin, dialSignal),
    serverName: "kubernetes",
    ca,
    token,
    describe: formatEndpoint(endpoint),
    signal,
  });

interface ConfigMap extends LiveObject {
  readonly data?: Readonly<Record<string, string>>;
}

const explain = (error: KubeError, name: string): UserError => {
  const hint = '"kbs token create --print-join-command" on a control plane makes a new token and prints the line to type here';
  if (error.code === 401)
    return new UserError("the cluster does not let this token log in: it has expired, or is not made for that", {
      exit: "phase",
      cause: error,
      hint,
    });
  if (error.code !== 403) return error;
  return new UserError(`the token may not read ${name} in kube-system, from which a node learns how to be one`, {
    exit: "phase",
    cause: error,
    probably:
      "the token has other groups than system:bootstrappers:kubeadm:default-node-token, or the cluster was made by neither kubeadm nor kbs",
    hint,
  });
};

/** A text of a ConfigMap in kube-system; undefined where there is none. */
const read = async (kube: Kube, name: string, key: string, signal: AbortSignal): Promise<string | undefined> => {
  try {
    const found = await kube.get<ConfigMap>({ apiVersion: "v1", kind: "ConfigMap", namespace: "kube-system", name }, { signal, patience });
    return found?.data?.[key];
  } catch (error) {
    throw error instanceof KubeError ? explain(error, name) : error;
  }
};

const needed = (text: string | undefined, name: string): string => {
  if (text !== undefined) return text;
  throw new UserError(`the cluster has no ConfigMap ${name} in kube-system, from which a node learns how to be one`, {
    exit: "phase",
    probably: "it was made by neither kubeadm nor kbs",
  });
};

/** kube-proxy is not everybody's: a cluster may do without, or hide it. */
const readProxy = async (kube: Kube, signal: AbortSignal): Promise<string | undefined> => {
  try {
    return await read(kube, "kube-proxy", "config.conf", signal);
  } catch (error) {
    if (error instanceof UserError && error.details.cause instanceof KubeError && error.details.cause.code === 403) return undefined;
    throw error;
  }
};

/** What the cluster says of itself, told as a phase. @throws UserError */
export const readTexts = (kube: Kube, host: string, options: FleetOptions): Promise<ClusterTexts> =>
  told({ phase: "read-cluster", title: "Read the cluster's configuration" }, host, options, async () => {
    const { signal } = options;
    const [cluster, kubelet, kubeProxy] = await Promise.all([
      read(kube, "kubeadm-config", "ClusterConfiguration", signal),
      read(kube, "kubelet-config", "kubelet", signal),
      readProxy(kube, signal),
    ]);
    return { clusterConfiguration: needed(cluster, "kubeadm-config"), kubelet: needed(kubelet, "kubelet-config"), kubeProxy };
  });

interface Node extends LiveObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** @throws UserError exit "preflight" when the name is that of a node which is alive */
export const refuseTakenName = async (kube: Kube, name: string, signal: AbortSignal): Promise<void> => {
  const node = await kube.get<Node>({ apiVersion: "v1", kind: "Node", name }, { signal, patience }).catch((error: unknown) => {
    // What may not be asked is not known; the cluster itself keeps two kubelets of one name apart by their certificates.
    if (error instanceof KubeError && error.code === 403) return undefined;
    throw error;
  });
  if (!node?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True")) return;
  throw new UserError(`the cluster has a node ${name} already, and it is ready: another machine has this name`, {
    exit: "preflight",
    hint: `choose another name by --node-name; if that machine is gone: "kubectl delete node ${name}", and try again`,
  });
};
