import type { SysctlsFact } from "../../facts/sysctls.ts";
import { type Family, familiesOf } from "../../shared/ip.ts";
import type { Check, Finding } from "../check.ts";
import { isNode } from "../roles.ts";

const keys = { 4: "net.ipv4.ip_forward", 6: "net.ipv6.conf.default.forwarding" } as const;

const judgeForwarding = ({ values, readOnly }: SysctlsFact, family: Family): Finding | undefined => {
  const key = keys[family];
  const value = values[key];
  if (family === 6 && value === undefined && values[keys[4]] !== undefined) {
    return { problem: "the kernel has no IPv6, which the cluster uses", remedy: "take ipv6.disable=1 from the kernel's command line" };
  }
  // kbs sets it. Only where it cannot is there something to say.
  if (!readOnly || value === "1") return undefined;
  return {
    problem: `${key} is ${value ?? "not there"} and /proc/sys is read-only, so kbs cannot set it`,
    remedy: `on the machine below this container: "sysctl -w ${key}=1", or start the container with a writable /proc/sys`,
  };
};

export const ipForward: Check = {
  id: "ip-forward",
  aliases: ["FileContent--proc-sys-net-ipv4-ip_forward", "FileContent--proc-sys-net-ipv6-conf-default-forwarding"],
  question: "Does the kernel forward packets, or can it be told to?",
  severity: "error",
  appliesTo: isNode,
  ask: ({ host, facts: { sysctls }, cluster: { kubernetes } }) => {
    const families = new Set(familiesOf([host.internalAddress, kubernetes.podSubnet, kubernetes.serviceSubnet].join(",")));
    return [...families].map((family) => judgeForwarding(sysctls, family)).find((found) => found !== undefined);
  },
};
