import { isNode, memberHosts } from "../roles.ts";
import { type Rule, when } from "./rule.ts";

const hosts = ["spec", "hosts"] as const;

export const someControlPlane: Rule = ({ cluster, intact }) =>
  when(intact(hosts) && cluster.hosts.length > 0 && !cluster.hosts.some(({ roles }) => roles.includes("control-plane")), {
    path: hosts,
    at: "key",
    message: "no host is a control plane",
    hint: "give one of them roles: [control-plane]",
  });

/** Pods without a toleration run nowhere when every node carries the control plane's taint. */
export const someWorker: Rule = ({ cluster, intact }) =>
  when(
    intact(hosts) &&
      cluster.hosts.some(isNode) &&
      cluster.hosts.filter(isNode).every(({ taints }) => taints.some(({ effect }) => effect !== "PreferNoSchedule")),
    {
      path: hosts,
      at: "key",
      severity: "warning",
      message: "every host carries a taint, so ordinary pods have nowhere to run",
      hint: "add a worker, or give a control plane roles: [control-plane, worker]",
    },
  );

/** etcd needs more than half of its members: a fourth adds a risk and no safety. */
export const oddMembers: Rule = ({ cluster, intact }) => {
  const count = memberHosts(cluster).length;
  return when(intact(hosts) && count > 0 && count % 2 === 0, {
    path: hosts,
    at: "key",
    severity: "warning",
    message: `${count} hosts run etcd, which survives no more losses than ${count - 1} of them would`,
    hint: `use ${count - 1} or ${count + 1}`,
  });
};
