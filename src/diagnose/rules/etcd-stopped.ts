import { isEtcdHost } from "../../config/roles.ts";
import { few, onEachMember, seenIn } from "../look.ts";
import type { Rule } from "../rule.ts";

const trouble = /"level":"(?:fatal|panic|error)"|failed to|panic:|etcd\.service: /i;

/** Of etcd on hosts of its own; where it is a static pod, other rules look at its container. */
export const etcdStopped: Rule = {
  id: "etcd-stopped",
  question: "Does etcd run on the hosts that are its own?",
  find: onEachMember((on) => {
    const unit = on.units["etcd"];
    // Before it was ever set up it is not expected to run.
    if (!isEtcdHost(on.host) || unit === undefined || unit.active === "active" || on.facts.kubernetes.etcd === undefined) return undefined;
    const stopped = unit.active === "inactive" && unit.result === "success";
    return {
      cause: stopped
        ? "etcd was stopped: one member fewer, and without most of them nothing in the cluster can be changed"
        : `etcd does not run (${unit.active}, ${unit.result})`,
      remedy: stopped
        ? '"systemctl start etcd"'
        : '"journalctl -u etcd -n 50" tells why; mend that, then "systemctl restart etcd". One whose others are away waits for them',
      certainty: "certain",
      seen: stopped ? [] : few(seenIn(on.etcdLog, trouble, on)),
    };
  }),
};
