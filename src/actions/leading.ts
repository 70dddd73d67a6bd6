import { isControlPlane } from "../config/roles.ts";
import type { ClusterHost } from "../config/types.ts";
import type { HostFacts } from "../facts/index.ts";
import { manifestsDirectory } from "../templates/paths.ts";

/**
 * Whether a host runs this cluster already: it has begun the cluster's etcd, or has got so far that its API server was set up, which is
 * done only once its own etcd has a vote.
 */
export const leads = (facts: Pick<HostFacts, "kubernetes"> | undefined): boolean => {
  const { etcd, manifests = [] } = facts?.kubernetes ?? {};
  const beginsEtcd = etcd !== undefined && etcd.initialState === undefined;
  return beginsEtcd || manifests.includes(`${manifestsDirectory}/kube-apiserver.yaml`);
};

/**
 * The control plane on which steps for the whole cluster run: the first in the order of the file that runs the cluster already, else the first.
 * So one that is new, dead or gone at the top of the file changes nothing for the others.
 */
export const leadingControlPlane = (
  hosts: readonly ClusterHost[],
  facts: ReadonlyMap<string, Pick<HostFacts, "kubernetes">>,
): ClusterHost | undefined => {
  const all = hosts.filter(isControlPlane);
  return all.find(({ name }) => leads(facts.get(name))) ?? all[0];
};
