import type { DaemonSetObject } from "../kube/ready.ts";
import type { Kube } from "../kube/types.ts";
import { coreDnsObjects } from "../templates/objects/coredns.ts";
import { flannelDaemonSet, flannelObjects } from "../templates/objects/flannel.ts";
import { kubeProxyObjects } from "../templates/objects/kube-proxy.ts";
import { patched } from "../templates/patches/index.ts";
import { forAWhile } from "./common/for-a-while.ts";
import { objectChanges } from "./common/objects.ts";
import { makes, podNetwork } from "./common/parts.ts";
import { type ClusterPhase, firstControlPlane, nothing } from "./context.ts";

/** Milliseconds for which DNS waits for a pod network; wait-ready says more of one that does not come up. */
const networkWithin = 60_000;

const networkRuns = async (kube: Kube, signal: AbortSignal, waiting: (reason: string) => void): Promise<void> => {
  const runs = async (): Promise<string | undefined> => {
    const { status } = (await kube.get<DaemonSetObject>(flannelDaemonSet, { signal })) ?? {};
    return (status?.numberAvailable ?? 0) > 0 ? undefined : "the pod network runs on no node yet";
  };
  await forAWhile("waiting for the pod network", runs, { within: networkWithin, signal, waiting });
};

/** Needs: the API, and the nodes' images on this host, since pods start here first. Gives: kube-proxy, and a pod network that runs here. */
export const applyAddons: ClusterPhase = {
  id: "apply-addons",
  title: "Apply kube-proxy and the pod network",
  hosts: firstControlPlane,
  needs: [
    { phase: "apply-bootstrap-objects", on: "first" },
    { phase: "install-cni", on: "first" },
    { phase: "import-node-images", on: "first" },
  ],
  wish: (context) => {
    const { cluster, images } = context;
    return objectChanges([
      ...(makes(context, podNetwork) ? flannelObjects(cluster, { image: images.flannel }) : []),
      ...(makes(context, "addon/kube-proxy") ? kubeProxyObjects(cluster, { image: images["kube-proxy"] }) : []),
    ]);
  },
  act: async (context, _host, { signal, waiting }) => {
    const { cluster, learned } = context;
    if (cluster.network.plugin === "flannel" && makes(context, podNetwork)) await networkRuns(learned.get("kube"), signal, waiting);
    return nothing;
  },
  // It only waits.
  foresee: () => Promise.resolve(nothing),
};

/** Needs: a pod network, since the kubelet tries a pod that could not be given an address again only after ten seconds. Gives: DNS. */
export const applyDns: ClusterPhase = {
  id: "apply-dns",
  title: "Apply DNS",
  hosts: firstControlPlane,
  needs: [{ phase: "apply-addons", on: "first" }],
  wish: (context) => {
    const { cluster, images, learned } = context;
    if (cluster.kubernetes.dnsDisabled || !makes(context, "addon/coredns")) return [];
    const replicas = learned.get("dnsReplicas");
    const objects = coreDnsObjects(cluster, { image: images.coredns, ...(replicas !== undefined && { replicas }) });
    return objectChanges(objects.map((object) => (object.kind === "Deployment" ? patched(cluster, "corednsdeployment", object) : object)));
  },
};
