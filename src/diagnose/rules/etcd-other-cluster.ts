import { containerNamed, few, onEachMember, seenIn } from "../look.ts";
import type { Rule } from "../rule.ts";

const signs =
  /cluster ID mismatch|has already been bootstrapped|member count is unequal|ignored streaming request; ID mismatch|the member has been permanently removed from the cluster|couldn't find local name .* in the initial cluster|discovery-token.*duplicate/i;

export const etcdOtherCluster: Rule = {
  id: "etcd-other-cluster",
  question: "Does etcd hold data of another cluster?",
  find: onEachMember((on, { cluster }) => {
    const etcd = containerNamed(on, "etcd");
    const said = etcd ? seenIn(etcd.log, signs, on) : [];
    if (said.length === 0 || etcd?.running === true) return undefined;
    return {
      cause: `etcd does not start with the data in ${cluster.etcd.dataDir}: they are of another cluster, or of a member that was removed`,
      remedy: `if they are not needed, move ${cluster.etcd.dataDir} aside and run the same command again; a member that was removed joins anew with an empty folder`,
      certainty: "certain",
      seen: few(said),
    };
  }),
};
