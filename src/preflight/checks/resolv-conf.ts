import type { Resolver } from "../../facts/dns.ts";
import type { HostFacts } from "../../facts/index.ts";
import { isActive } from "../../facts/systemd.ts";
import type { Check, CheckContext } from "../check.ts";
import { isNode } from "../roles.ts";

/** The file that the kubelet gives to CoreDNS: with systemd-resolved active, the one with the real servers. */
const handedOn = ({ systemd, dns }: HostFacts): { readonly file: string; readonly resolver: Resolver | undefined } =>
  isActive(systemd, "systemd-resolved")
    ? { file: "/run/systemd/resolve/resolv.conf", resolver: dns.resolved }
    : { file: "/etc/resolv.conf", resolver: dns.resolvConf };

/** Who names another file to the kubelet has decided. */
const kubeletDecides = (context: CheckContext): boolean =>
  isNode(context) && context.cluster.kubernetes.kubelet["resolvConf"] === undefined;

export const resolvConf: Check = {
  id: "resolv-conf",
  question: "Does the host name a DNS server that CoreDNS can ask?",
  severity: "error",
  appliesTo: kubeletDecides,
  ask: ({ facts }) => {
    const { file, resolver } = handedOn(facts);
    if (facts.unanswered.includes("dns") || (resolver?.nameservers.length ?? 0) > 0) return undefined;
    return {
      problem: `${resolver === undefined ? `${file} is missing` : `${file} names no server`}: CoreDNS would not start`,
      remedy: `add a line "nameserver ADDRESS"; with systemd-resolved, set DNS= in /etc/systemd/resolved.conf`,
    };
  },
};

export const resolvLoop: Check = {
  id: "resolv-loop",
  question: "Does the host's DNS server lie outside of the host?",
  severity: "error",
  appliesTo: kubeletDecides,
  ask: ({ facts }) => {
    const { file, resolver } = handedOn(facts);
    const loops = resolver?.nameservers.filter((server) => server.startsWith("127.") || server === "::1") ?? [];
    if (loops.length === 0) return undefined;
    return {
      problem: `${file} names ${loops.join(", ")}: inside a pod that is CoreDNS itself, which would stop with "Loop detected"`,
      remedy: 'name the real DNS servers in a file of their own and set its path as "resolvConf" in spec.kubernetes.kubelet',
    };
  },
};
