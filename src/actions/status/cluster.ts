import { isControlPlane, isNode } from "../../config/roles.ts";
import type { Cluster } from "../../config/types.ts";
import { daemonSetReady, deploymentReady, type NodeObject, nodeReady, type PodObject, podReady } from "../../kube/ready.ts";
import type { Kube, LiveObject } from "../../kube/types.ts";
import { staticPodNames } from "../../templates/static-pods/index.ts";
import type { ClusterStatus, ComponentStatus, NodeStatus } from "./types.ts";

/** What the API server says of its cluster. */
export interface ClusterView {
  readonly kubernetes: string;
  readonly nodes: readonly NodeStatus[];
  readonly components: readonly ComponentStatus[];
  readonly waiting: ClusterStatus["waiting"];
}

interface Node extends NodeObject {
  readonly status?: NodeObject["status"] & {
    readonly nodeInfo?: { readonly kubeletVersion: string };
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
  };
}

interface Pod extends PodObject {
  readonly spec?: { readonly nodeName?: string };
}

const roleLabel = "node-role.kubernetes.io/";
/** Every pod that a kubelet made from a manifest carries it. */
const mirrorAnnotation = "kubernetes.io/config.mirror";

const nodeStatus = (node: Node): NodeStatus => {
  const { metadata, status } = node;
  const why = nodeReady(node);
  return {
    name: metadata.name,
    ready: why === undefined,
    ...(why !== undefined && { why }),
    version: status?.nodeInfo?.kubeletVersion ?? "",
    roles: Object.keys(metadata.labels ?? {})
      .filter((label) => label.startsWith(roleLabel))
      .map((label) => label.slice(roleLabel.length)),
    internalIp: status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "",
  };
};

const podStatus = (pod: Pod): ComponentStatus => {
  const { metadata, spec } = pod;
  const why = podReady(pod);
  return {
    name: metadata.name,
    kind: metadata.annotations?.[mirrorAnnotation] === undefined ? "system-pod" : "static-pod",
    ...(spec?.nodeName !== undefined && { node: spec.nodeName }),
    ready: why === undefined,
    ...(why !== undefined && { why }),
  };
};

const missingNodes = ({ hosts }: Cluster, nodes: readonly NodeStatus[]): readonly string[] =>
  hosts
    .filter((host) => isNode(host) && !nodes.some(({ name }) => name === host.name))
    .map(({ name }) => `host ${name} is not a node of the cluster yet`);

/** The kubelet shows the API server the pods that it runs from manifests: one that is not there does not run. */
const missingStaticPods = (cluster: Cluster, components: readonly ComponentStatus[]): readonly string[] =>
  cluster.hosts
    .filter(isControlPlane)
    .flatMap(({ name: host }) => staticPodNames(cluster).map((name) => ({ host, pod: `${name}-${host}` })))
    .filter(({ pod }) => !components.some(({ name }) => name === pod))
    .map(({ host, pod }) => `static pod ${pod} is not there: node ${host} does not run it`);

const sentences = (word: string, all: readonly { readonly name: string; readonly why?: string }[]): readonly string[] =>
  all.flatMap(({ name, why }) => (why === undefined ? [] : [`${word} ${name}: ${why}`]));

const unready = (word: string, objects: readonly LiveObject[], judge: (object: LiveObject) => string | undefined): readonly string[] =>
  objects.flatMap((object) => {
    const why = judge(object);
    return why === undefined ? [] : [`${word} ${object.metadata.name}: ${why}`];
  });

/** The namespaces of what every cluster of this configuration has. */
const namespacesOf = ({ network }: Cluster): readonly string[] => [
  "kube-system",
  ...(network.plugin === "flannel" ? ["kube-flannel"] : []),
];

/** Milliseconds for the first word of the API server: a person waits. */
const firstWord = { timeout: 5000, patience: 3000 } as const;

/**
 * Asks the API server about its version, nodes and system pods.
 * @throws KubeError when it does not answer
 */
export const viewCluster = async (kube: Kube, cluster: Cluster, signal: AbortSignal): Promise<ClusterView> => {
  const { gitVersion } = await kube.raw<{ readonly gitVersion: string }>("GET", "/version", undefined, { ...firstWord, signal });
  const inEach = async <T extends LiveObject>(apiVersion: string, kind: string): Promise<readonly T[]> =>
    (await Promise.all(namespacesOf(cluster).map((namespace) => kube.list<T>({ apiVersion, kind, namespace }, { signal })))).flatMap(
      ({ items }) => items,
    );
  const [nodeList, pods, deployments, daemonSets] = await Promise.all([
    kube.list<Node>({ apiVersion: "v1", kind: "Node" }, { signal }),
    inEach<Pod>("v1", "Pod"),
    inEach("apps/v1", "Deployment"),
    inEach("apps/v1", "DaemonSet"),
  ]);
  const nodes = nodeList.items.map(nodeStatus);
  const components = pods.map(podStatus).toSorted((a, b) => Number(a.kind === "system-pod") - Number(b.kind === "system-pod"));
  return {
    kubernetes: gitVersion,
    nodes,
    components,
    waiting: [
      ...missingNodes(cluster, nodes),
      ...sentences("node", nodes),
      ...missingStaticPods(cluster, components),
      ...sentences("pod", components),
      ...unready("deployment", deployments, deploymentReady),
      ...unready("daemon set", daemonSets, daemonSetReady),
    ],
  };
};
