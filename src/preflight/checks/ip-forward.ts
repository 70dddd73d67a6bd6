import { addressFamily } from "../../shared/ip.ts";
import type { Check } from "../check.ts";
import { isNode } from "../roles.ts";

export const ipForward: Check = {
  id: "ip-forward",
  aliases: ["FileContent--proc-sys-net-ipv4-ip_forward", "FileContent--proc-sys-net-ipv6-conf-default-forwarding"],
  question: "Does the kernel forward packets, or can it be told to?",
  severity: "error",
  appliesTo: isNode,
  ask: ({ host, facts: { sysctls } }) => {
    const key = addressFamily(host.internalAddress) === 6 ? "net.ipv6.conf.default.forwarding" : "net.ipv4.ip_forward";
    // kbs sets it. Only where it cannot is there something to say.
    if (!sysctls.readOnly || sysctls.values[key] === "1") return undefined;
    return {
      problem: `${key} is ${sysctls.values[key] ?? "not there"} and /proc/sys is read-only, so kbs cannot set it`,
      remedy: `on the machine below this container: "sysctl -w ${key}=1", or start the container with a writable /proc/sys`,
    };
  },
};
