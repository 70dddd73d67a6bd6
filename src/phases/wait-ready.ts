import { waitReady as untilReady } from "../kube/wait-ready.ts";
import { probeDnsSoon, removeProbeMarks } from "./common/probe-dns.ts";
import { type ClusterPhase, firstControlPlane, nothing } from "./context.ts";

/** Milliseconds until every node and system pod must be ready. */
const within = 600_000;

/** Needs: everything applied and joined. Gives: nodes and system pods that are ready; hosts which were lost on the way are not waited for. */
export const waitReady: ClusterPhase = {
  id: "wait-ready",
  title: "Wait until nodes and system pods are ready",
  hosts: firstControlPlane,
  needs: [
    { phase: "apply-addons", on: "first" },
    { phase: "label-nodes", on: "everywhere" },
  ],
  act: async ({ cluster, hosts, lost, learned }, _host, { signal, waiting, warn }) => {
    const kube = learned.get("kube");
    const nodes = hosts.map(({ name }) => name).filter((name) => !lost.has(name));
    const namespaces = ["kube-system", ...(cluster.network.plugin === "flannel" ? ["kube-flannel"] : [])];
    if (cluster.network.plugin === "none") {
      warn("without a pod network nodes do not become ready: install one");
      return nothing;
    }
    await removeProbeMarks(kube, signal);
    const done = new AbortController();
    const probing = probeDnsSoon(kube, AbortSignal.any([signal, done.signal]));
    try {
      await untilReady(kube, { nodes, namespaces }, { timeout: within, signal, onWait: waiting });
    } finally {
      done.abort();
      await probing;
    }
    const known = new Set(cluster.hosts.map(({ name }) => name));
    const { items } = await kube.list({ apiVersion: "v1", kind: "Node" }, { signal });
    const missing = items.map(({ metadata }) => metadata.name).filter((name) => !known.has(name));
    if (missing.length > 0) warn(`in the cluster, but not in the file, and left as they are: ${missing.join(", ")}`);
    return nothing;
  },
};
