import type { Cluster } from "../../config/types.ts";
import type { HostFacts } from "../../facts/index.ts";
import { UserError } from "../../shared/errors.ts";
import { dedicatedEndpoints } from "../../templates/static-pods/etcd-urls.ts";

const isLoopback = (url: string): boolean => /^https?:\/\/(?:127\.0\.0\.1|\[::1\]|localhost):/.test(url);

type Known = Pick<HostFacts, "kubernetes" | "ownership">;

/** Whether what a control plane's API server uses cannot be what the file says. */
const isOther = (cluster: Pick<Cluster, "etcd" | "hosts">, { etcd, etcdServers = [] }: Known["kubernetes"]): boolean => {
  const isOwn = etcd !== undefined || etcdServers.every(isLoopback);
  const { mode } = cluster.etcd;
  if (mode === "stacked" || isOwn) return isOwn !== (mode === "stacked");
  return mode === "dedicated" && !dedicatedEndpoints(cluster).some((url) => etcdServers.includes(url));
};

/**
 * All that a cluster knows is in its etcd, and no run moves that: a living one keeps where its etcd is.
 * @throws UserError exit "usage"
 */
export const refuseOtherEtcd = (cluster: Cluster, facts: ReadonlyMap<string, Known>): void => {
  const { name, source, etcd } = cluster;
  for (const [host, { kubernetes, ownership }] of facts) {
    if (ownership?.name !== name || kubernetes.etcdServers === undefined || !isOther(cluster, kubernetes)) continue;
    const where = kubernetes.etcd === undefined ? `at ${kubernetes.etcdServers.join(", ")}` : "on its control planes";
    throw new UserError(`${source}: spec.etcd.mode is ${etcd.mode}, but etcd of the cluster ${name} runs ${where} (${host} says)`, {
      probably: "all that the cluster knows is in that etcd, and kbs does not move it",
      hint: "write spec.etcd as it was; or delete the cluster and create it again",
    });
  }
};
