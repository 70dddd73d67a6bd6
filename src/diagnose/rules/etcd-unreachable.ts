import { memberHosts } from "../../config/roles.ts";
import { containerNamed, few, isControlPlane, onEachMember, seenIn } from "../look.ts";
import type { Rule } from "../rule.ts";

const signs =
  /(?:connection refused|context deadline exceeded|connection error|transport: Error while dialing).*(?:2379)?|etcd-(?:readiness|client).*fail|Error getting storage|timed out waiting for etcd/i;
const aboutEtcd = /2379|etcd|context deadline exceeded/i;

export const etcdUnreachable: Rule = {
  id: "api-server-without-etcd",
  question: "Does an API server not get through to etcd?",
  find: onEachMember((on, { cluster }) => {
    const server = containerNamed(on, "kube-apiserver");
    if (!isControlPlane(on) || server === undefined) return undefined;
    const said = seenIn(server.log, signs, on, 3 * 60_000).filter((text) => aboutEtcd.test(text));
    const etcd = containerNamed(on, "etcd");
    const isStacked = cluster.etcd.mode === "stacked";
    // The API server ends by itself after some 20 s without etcd, and is started again with growing pauses.
    const isDown = isStacked && on.etcd === undefined && etcd?.running !== true;
    if (said.length === 0 || !(isDown || (!isStacked && server.running !== true))) return undefined;
    const noManifest = isStacked && !on.runtime.manifests.includes("etcd");
    return {
      cause: isStacked
        ? `the API server does not get through to etcd, which does not run${noManifest ? ": /etc/kubernetes/manifests/etcd.yaml is not there" : ""}`
        : "the API server does not get through to etcd",
      remedy: noManifest
        ? "run the create again: it writes the manifest"
        : isStacked
          ? "see why etcd does not start: the end of its log is in /var/log/pods/kube-system_etcd-*"
          : cluster.etcd.mode === "dedicated"
            ? `see whether etcd runs on ${memberHosts(cluster)
                .map(({ name }) => name)
                .join(", ")} ("systemctl status etcd"), and answers this host`
            : "see whether the endpoints of spec.etcd.external answer this host",
      certainty: isDown ? "certain" : "likely",
      seen: few([...said, ...(etcd?.log.slice(-2).map(({ text }) => text) ?? [])]),
    };
  }),
};
