import { type Check, everyHost } from "../check.ts";
import { once } from "../fleet.ts";
import { isOurs } from "../roles.ts";

/** While the cluster's id is not known yet, the first host that has one speaks for it. */
const speaker = once((fleet, cluster) => {
  for (const { name } of cluster.hosts) {
    const owner = fleet.get(name)?.ownership;
    if (owner?.name === cluster.name) return { name, id: owner.id };
  }
  return undefined;
});

export const otherCluster: Check = {
  id: "other-cluster",
  question: "Is the host free of other clusters made by kbs?",
  severity: "error",
  appliesTo: everyHost,
  ask: (context) => {
    const { facts, cluster } = context;
    const owner = facts.ownership;
    if (owner === undefined) return undefined;
    const remedy = `take it out of that cluster first ("kbs delete node ${context.host.name}" with that cluster's configuration), or out of this file`;
    if (!isOurs(context)) {
      return owner.name === cluster.name
        ? {
            problem: `the host belongs to another cluster that is called ${owner.name} too`,
            evidence: `its id is ${owner.id}, not ${context.clusterId}`,
            remedy,
          }
        : { problem: `the host belongs to the cluster ${owner.name}`, evidence: `/var/lib/kbs/cluster: ${owner.id}`, remedy };
    }
    const first = speaker(context);
    if (first === undefined || first.id === owner.id) return undefined;
    return {
      problem: `the host and ${first.name} belong to different clusters that are both called ${owner.name}`,
      evidence: `${owner.id} and ${first.id}`,
      remedy,
    };
  },
};
