import { isControlPlane, runsProxy } from "../../config/roles.ts";
import { isAddress } from "../../pki/ip.ts";
import { few, onEachMember, seenIn } from "../look.ts";
import type { Rule } from "../rule.ts";

const isLocal = (address: string): boolean => address.startsWith("127.") || address === "::1";

export const endpointDns: Rule = {
  id: "endpoint-dns",
  question: "Does the name of the control-plane endpoint lead where it should?",
  find: onEachMember((on, { cluster }) => {
    const { name, addresses } = on.endpoint;
    if (isAddress(name) || addresses === undefined) return undefined;
    const said = seenIn(on.kubeletLog, /no such host|server misbehaving|lookup .* (?:i\/o timeout|on )/i, on);
    if (addresses.length === 0) {
      return {
        cause: `the name of the control-plane endpoint, ${name}, is not known here`,
        remedy: "correct controlPlaneEndpoint.host, enter the name in DNS, or add it to /etc/hosts of every host",
        certainty: "certain",
        seen: few(said),
      };
    }
    const servers = cluster.hosts.filter(isControlPlane).flatMap((host) => [host.internalAddress, host.address]);
    const local = isLocal(addresses[0] ?? "");
    if (addresses.some((address) => servers.includes(address)) || (local && isControlPlane(on.host))) return undefined;
    // Its own proxy: whether that runs is for others to say.
    if (local && runsProxy(on.host, cluster)) return undefined;
    // A load balancer in front has an address of its own, so only a host that does not get in accuses the name.
    const refusal = seenIn(on.kubeletLog, /refused|timeout|no route/, on).filter((text) =>
      [name, ...addresses].some((place) => text.includes(place)),
    );
    if (refusal.length === 0) return undefined;
    return {
      cause: `the name of the control-plane endpoint, ${name}, means ${addresses.join(", ")} here, where no API server answers`,
      remedy: `it should mean a control plane (${[...new Set(servers)].join(", ")}), or a load balancer in front of them: correct DNS or /etc/hosts`,
      certainty: "likely",
      seen: few(refusal),
    };
  }),
};
