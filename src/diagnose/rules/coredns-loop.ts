import { few, onEachMember, seenIn } from "../look.ts";
import type { Rule } from "../rule.ts";

export const corednsLoop: Rule = {
  id: "coredns-loop",
  question: "Does CoreDNS forward questions to itself?",
  find: onEachMember((on) => {
    const said = on.containers
      .filter(({ container }) => container === "coredns")
      .flatMap(({ log }) => seenIn(log, /Loop \(.*\) detected for zone/, on));
    if (said.length === 0) return undefined;
    const own = on.facts.dns.resolvConf?.nameservers.find((server) => server.startsWith("127.") || server === "::1");
    return {
      cause: `CoreDNS ends, since what it forwards comes back to it: ${own === undefined ? "the host's DNS server asks CoreDNS" : `/etc/resolv.conf of this host names ${own}, which in a pod is the pod itself`}`,
      remedy:
        "name the real servers in a file of their own and its path in resolvConf of spec.kubernetes.kubelet; with systemd-resolved that is /run/systemd/resolve/resolv.conf",
      certainty: "certain",
      seen: few(said, 2),
    };
  }),
};
