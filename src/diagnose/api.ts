import type { Cluster } from "../config/types.ts";
import { KubeError } from "../kube/error.ts";
import { type NodeObject, nodeReady, type PodObject, podReady } from "../kube/ready.ts";
import type { Kube, LiveObject, Selection } from "../kube/types.ts";

/** What the API server says of its cluster. No Secret is ever asked for. */
export interface ApiEvidence {
  readonly version: string;
  /** The lines of /readyz?verbose. */
  readonly readyz: string;
  readonly nodes: readonly NodeEvidence[];
  /** Of the system's namespaces. */
  readonly pods: readonly PodEvidence[];
  /** Warnings about nodes and system pods, the newest last. */
  readonly events: readonly EventEvidence[];
  /** Certificate signing requests that nobody has answered. */
  readonly pendingRequests: readonly string[];
}

export interface NodeEvidence {
  readonly name: string;
  /** Why it is not ready. */
  readonly why?: string;
  readonly addresses: readonly string[];
  /** As `DiskPressure=True KubeletHasDiskPressure: message`. */
  readonly conditions: readonly string[];
  readonly taints: readonly string[];
  readonly version: string;
}

export interface PodEvidence {
  readonly namespace: string;
  readonly name: string;
  readonly node?: string;
  /** Why it is not ready. */
  readonly why?: string;
  /** Image, state and restarts of each container: `coredns registry.k8s.io/…: waiting ImagePullBackOff, 3 restarts`. */
  readonly containers: readonly string[];
}

export interface EventEvidence {
  readonly about: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  /** ISO 8601. */
  readonly last: string;
}

interface Node extends NodeObject {
  readonly spec?: { readonly taints?: readonly { readonly key: string; readonly effect: string }[] };
  readonly status?: NodeObject["status"] & {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
    readonly addresses?: readonly { readonly address: string }[];
    readonly nodeInfo?: { readonly kubeletVersion: string };
  };
}

interface Container {
  readonly name: string;
  readonly image?: string;
  readonly restartCount?: number;
  readonly state?: Readonly<
    Record<string, { readonly reason?: string; readonly message?: string; readonly exitCode?: number } | undefined>
  >;
}

interface Pod extends LiveObject {
  readonly spec?: { readonly nodeName?: string };
  readonly status?: PodObject["status"] & {
    readonly initContainerStatuses?: readonly Container[];
    readonly containerStatuses?: readonly Container[];
  };
}

interface EventObject extends LiveObject {
  readonly involvedObject?: { readonly kind?: string; readonly name?: string; readonly namespace?: string };
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
}

interface Request extends LiveObject {
  readonly spec?: { readonly username?: string; readonly signerName?: string };
  readonly status?: { readonly conditions?: readonly unknown[] };
}

const nodeEvidence = (node: Node): NodeEvidence => {
  const why = nodeReady(node);
  return {
    name: node.metadata.name,
    ...(why !== undefined && { why }),
    addresses: node.status?.addresses?.map(({ address }) => address) ?? [],
    conditions: (node.status?.conditions ?? []).map(
      ({ type, status, reason = "", message = "" }) => `${type}=${status} ${reason}: ${message}`,
    ),
    taints: (node.spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`),
    version: node.status?.nodeInfo?.kubeletVersion ?? "",
  };
};

const containerText = ({ name, image = "", restartCount = 0, state = {} }: Container): string => {
  const [[word, about] = ["unknown", undefined]] = Object.entries(state);
  const said = [about?.reason, about?.message, about?.exitCode === undefined ? undefined : `code ${about.exitCode}`]
    .filter(Boolean)
    .join(": ");
  return `${name} ${image}: ${word}${said === "" ? "" : ` ${said.slice(0, 400)}`}, ${restartCount} restarts`;
};

const podEvidence = (pod: Pod): PodEvidence => {
  const why = podReady(pod);
  const { metadata, spec, status } = pod;
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    ...(spec?.nodeName !== undefined && { node: spec.nodeName }),
    ...(why !== undefined && { why }),
    containers: [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].map(containerText),
  };
};

const eventEvidence = ({ involvedObject, reason = "", message = "", count = 1, lastTimestamp, eventTime }: EventObject): EventEvidence => ({
  about: `${involvedObject?.kind ?? "?"} ${involvedObject?.namespace === undefined ? "" : `${involvedObject.namespace}/`}${involvedObject?.name ?? "?"}`,
  reason,
  message: message.slice(0, 600),
  count,
  last: lastTimestamp ?? eventTime ?? "",
});

/** Milliseconds for the first word: a person waits. */
const firstWord = { timeout: 5000, patience: 3000 } as const;
/** Newest events that are kept. */
const mostEvents = 80;

const namespacesOf = ({ network }: Cluster): readonly string[] => [
  "kube-system",
  ...(network.plugin === "flannel" ? ["kube-flannel"] : []),
];

/** /readyz?verbose answers 500 with the same lines where one of the checks fails. */
const readyz = async (kube: Kube, signal: AbortSignal): Promise<string> => {
  try {
    return await kube.raw<string>("GET", "/readyz?verbose", undefined, { timeout: 8000, patience: 0, signal });
  } catch (error) {
    if (error instanceof KubeError) return error.message;
    throw error;
  }
};

/**
 * Asks the API server about its nodes, the system's pods and what it warns of.
 * @throws KubeError when it does not answer at all
 */
export const askApi = async (kube: Kube, cluster: Cluster, signal: AbortSignal): Promise<ApiEvidence> => {
  const { gitVersion } = await kube.raw<{ readonly gitVersion: string }>("GET", "/version", undefined, { ...firstWord, signal });
  const all = async <T extends LiveObject>(of: Selection): Promise<readonly T[]> =>
    await kube.list<T>(of, { ...firstWord, signal }).then(
      ({ items }) => items,
      (error: unknown) => {
        if (error instanceof KubeError) return [];
        throw error;
      },
    );
  const inEach = async <T extends LiveObject>(of: Omit<Selection, "namespace">): Promise<readonly T[]> =>
    (await Promise.all(namespacesOf(cluster).map((namespace) => all<T>({ ...of, namespace })))).flat();
  const warnings = { apiVersion: "v1", kind: "Event", fieldSelector: "type!=Normal" };
  const [said, nodes, pods, events, nodeEvents, requests] = await Promise.all([
    readyz(kube, signal),
    kube.list<Node>({ apiVersion: "v1", kind: "Node" }, { ...firstWord, signal }).then(({ items }) => items),
    inEach<Pod>({ apiVersion: "v1", kind: "Pod" }),
    inEach<EventObject>(warnings),
    all<EventObject>({ ...warnings, namespace: "default", fieldSelector: "type!=Normal,involvedObject.kind=Node" }),
    all<Request>({ apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest" }),
  ]);
  return {
    version: gitVersion,
    readyz: said,
    nodes: nodes.map(nodeEvidence),
    pods: pods.map(podEvidence),
    events: [...events, ...nodeEvents]
      .map(eventEvidence)
      .toSorted((a, b) => a.last.localeCompare(b.last))
      .slice(-mostEvents),
    pendingRequests: requests
      .filter(({ status }) => (status?.conditions ?? []).length === 0)
      .map(({ metadata, spec }) => `${metadata.name}: ${spec?.username ?? "?"} asks ${spec?.signerName ?? "?"}`),
  };
};
