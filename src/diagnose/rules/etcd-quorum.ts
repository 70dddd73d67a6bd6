import { containerNamed, few, onEachMember, seenIn } from "../look.ts";
import type { Rule } from "../rule.ts";

const signs =
  /etcdserver: no leader|is starting a new election|lost (?:the )?TCP streaming connection with remote peer|prober detected unhealthy status|dial tcp .*:2380: /;

export const etcdQuorum: Rule = {
  id: "etcd-no-quorum",
  question: "Has etcd lost its quorum?",
  find: onEachMember((on) => {
    if (on.etcd === undefined || (on.etcd.hasLeader !== false && !/NO LEADER/i.test(on.etcd.health))) return undefined;
    const unreached = on.reach.filter(({ component, port, answer }) => component === "etcd" && port === 2380 && answer !== "open");
    const peers = unreached.length === 0 ? "" : `; it does not reach ${unreached.map(({ to }) => to).join(", ")}`;
    return {
      cause: `etcd has no leader, since most of its members do not answer: nothing in the cluster can be changed${peers}`,
      remedy: "bring the other control planes, or the network to them, back; most of the members must run",
      certainty: "certain",
      seen: few(seenIn(containerNamed(on, "etcd")?.log ?? [], signs, on)),
    };
  }),
};
