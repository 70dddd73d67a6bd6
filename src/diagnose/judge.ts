import type { Evidence } from "./evidence.ts";
import type { Certainty, Finding } from "./rule.ts";
import { rules } from "./rules/index.ts";

const order: readonly Certainty[] = ["certain", "likely", "possible"];

/**
 * General rules speak only where no special one has found a cause on the same host: a kubelet that refuses its configuration also ends again
 * and again, which says nothing more.
 */
const silencedBy: Readonly<Record<string, readonly string[]>> = {
  "component-crash": [
    "component-flag",
    "port-taken",
    "etcd-other-cluster",
    "api-server-without-etcd",
    "certificate-expired",
    "image-missing",
    "disk-full",
  ],
  "kubelet-crash": [
    "kubelet-config",
    "swap",
    "runtime-down",
    "runtime-config",
    "certificate-expired",
    "disk-full",
    "port-taken",
    "bootstrap-token",
  ],
  "node-not-registered": [
    "bootstrap-token",
    "firewall",
    "endpoint-dns",
    "kubelet-config",
    "node-name-taken",
    "runtime-down",
    "certificate-wrong-ca",
  ],
  "pod-network-crash": ["cni-no-config"],
  "cni-no-config": ["runtime-down"],
};

/** What all rules find, the likeliest causes first; of equally sure ones, those from the ground up. */
export const judge = (evidence: Evidence): readonly Finding[] => {
  const found = rules.flatMap((rule) => rule.find(evidence).map((cause): Finding => ({ rule: rule.id, ...cause })));
  const isSaid = ({ rule, host }: Finding): boolean =>
    silencedBy[rule]?.some((id) => found.some((other) => other.rule === id && other.host === host)) ?? false;
  return found.filter((finding) => !isSaid(finding)).toSorted((a, b) => order.indexOf(a.certainty) - order.indexOf(b.certainty));
};
