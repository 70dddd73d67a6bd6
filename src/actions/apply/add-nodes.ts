import { isEtcdHost } from "../../config/roles.ts";
import type { Cluster } from "../../config/types.ts";
import type { Kube, LiveObject } from "../../kube/types.ts";
import { UserError } from "../../shared/errors.ts";
import { quoteAll } from "../../shared/quote.ts";
import { clientUrl } from "../../templates/static-pods/index.ts";
import { glimpse } from "../fleet/first-control-plane.ts";
import { openApi } from "../fleet/open-api.ts";
import type { KubeconfigPlace } from "../kubeconfig/write.ts";
import { listNodes } from "../loss.ts";
import type { ActionOutcome, FleetOptions } from "../options.ts";
import { chosenNames } from "../survey.ts";
import { applyCluster } from "./apply.ts";

export interface AddNodesOptions extends FleetOptions, KubeconfigPlace {}

interface ApiServerPod extends LiveObject {
  readonly spec?: { readonly containers?: readonly { readonly command?: readonly string[] }[] };
}

/** Hosts that run etcd alone and that API servers use already. They are no nodes: nothing else in the API tells of them. */
const usedEtcdHosts = async ({ hosts }: Pick<Cluster, "hosts">, kube: Kube, signal: AbortSignal): Promise<readonly string[]> => {
  const own = hosts.filter(isEtcdHost);
  if (own.length === 0) return [];
  const labelSelector = "component=kube-apiserver,tier=control-plane";
  const { items } = await kube.list<ApiServerPod>({ apiVersion: "v1", kind: "Pod", namespace: "kube-system", labelSelector }, { signal });
  const words = items.flatMap(({ spec }) => spec?.containers?.flatMap(({ command = [] }) => command) ?? []);
  const used = new Set(
    words.filter((word) => word.startsWith("--etcd-servers=")).flatMap((word) => word.slice("--etcd-servers=".length).split(",")),
  );
  return own.filter(({ internalAddress }) => used.has(clientUrl(internalAddress))).map(({ name }) => name);
};

/** Names in the file, of those that the operator chose, which the cluster has no node of. @throws UserError when there is none */
const newNames = async (
  options: AddNodesOptions,
): Promise<{ readonly limit: readonly string[]; readonly etcdHosts: readonly string[] }> => {
  const found = await glimpse(options);
  const { cluster, fleet } = found;
  try {
    const chosen = chosenNames(cluster, options.limit);
    const kube = openApi(found, options);
    try {
      const nodes = (await listNodes(kube, options.signal)).map(({ metadata }) => metadata.name);
      const known = new Set([...nodes, ...(await usedEtcdHosts(cluster, kube, options.signal))]);
      const names = cluster.hosts.map(({ name }) => name).filter((name) => chosen.has(name) && !known.has(name));
      const etcdHosts = cluster.hosts.filter((host) => isEtcdHost(host) && names.includes(host.name)).map(({ name }) => name);
      if (names.length > 0) return { limit: names, etcdHosts };
      throw new UserError(
        `every host ${options.limit.length > 0 ? "that is named" : `of ${options.file}`} is a node of ${cluster.name} already`,
        {
          hint: `write the new hosts into the file; what else it says, or a run has left undone, is done by ${quoteAll(["kbs", "apply", "-f", options.file])}`,
        },
      );
    } finally {
      kube.close();
    }
  } finally {
    await fleet.close();
  }
};

/**
 * Joins the hosts of the file that the cluster does not know yet. No other host is touched.
 * @throws UserError when there is no cluster yet, and when no host is new
 */
export const addNodes = async (options: AddNodesOptions): Promise<ActionOutcome> => {
  if (options.file === "-") {
    throw new UserError("the hosts to be added cannot be read from standard input", { hint: "name the file of the cluster by -f FILE" });
  }
  const { limit, etcdHosts } = await newNames(options);
  const outcome = await applyCluster({ ...options, limit, maxUnavailable: 1 });
  if (outcome.exit !== "done" || etcdHosts.length === 0) return outcome;
  const told = `${quoteAll(["kbs", "apply", "-f", options.file])}    # tells the API servers of ${etcdHosts.join(", ")}`;
  return { ...outcome, next: [told, ...outcome.next] };
};
