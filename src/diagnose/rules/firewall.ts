import { urlHost } from "../../pki/names.ts";
import type { Evidence } from "../evidence.ts";
import { few, onEachMember, seenIn } from "../look.ts";
import type { Reach } from "../reach.ts";
import type { Rule } from "../rule.ts";

/** Whether the target itself says that somebody listens there: then a refusal or silence comes from something in between. */
const listens = ({ to, port }: Reach, { hosts }: Evidence): boolean =>
  hosts.some(
    ({ host, facts }) =>
      host.name === to &&
      facts.listeners.some((one) => one.port === port && one.protocol === "tcp" && !/^(127\.|\[::1\])/.test(one.address)),
  );

const port = ({ address, port: number, component }: Reach): string => `${urlHost(address)}:${number} (${component})`;

export const firewall: Rule = {
  id: "firewall",
  question: "Does something between hosts keep back what one says to another?",
  find: onEachMember((on, evidence) => {
    const blocked = on.reach.filter(
      (one) => (one.answer === "silent" || one.answer === "refused") && one.to !== on.host.name && listens(one, evidence),
    );
    const [first] = blocked;
    if (first === undefined) return undefined;
    const isSilent = blocked.some(({ answer }) => answer === "silent");
    return {
      cause: `it does not reach ${blocked.map(port).join(", ")}: ${isSilent ? "no answer comes" : "the connection is refused"}, though somebody listens there`,
      remedy: `open port ${[...new Set(blocked.map((one) => one.port))].join(", ")} between the hosts, in the firewall of ${first.to} ("nft list ruleset", "iptables -S", firewalld, ufw) and in the cloud's security groups`,
      certainty: isSilent ? "certain" : "likely",
      seen: few([
        ...seenIn(on.kubeletLog, /i\/o timeout|connection timed out|no route to host|TLS handshake timeout/i, on),
        ...blocked.map((one) => `${port(one)}: ${one.answer}`),
      ]),
    };
  }),
};
