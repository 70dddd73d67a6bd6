import { isActive } from "../../facts/systemd.ts";
import { listParts } from "../../shared/ip.ts";
import { type Check, everyHost } from "../check.ts";
import { portsOf } from "../roles.ts";

export const firewall: Check = {
  id: "firewall",
  aliases: ["Firewalld"],
  question: "Does a firewall let the cluster's traffic through?",
  severity: "warning",
  appliesTo: everyHost,
  ask: (context) => {
    const { systemd, security } = context.facts;
    const name = isActive(systemd, "firewalld") ? "firewalld" : security.ufw ? "ufw" : undefined;
    if (name === undefined) return undefined;
    const open = portsOf(context).filter((port) => port.open);
    const ports = [...new Set(open.map(({ port, protocol }) => `${port}/${protocol}`))];
    const { podSubnet } = context.cluster.kubernetes;
    const pods = podSubnet === "" ? [] : listParts(podSubnet);
    const commands =
      name === "firewalld"
        ? [
            `firewall-cmd --permanent ${ports.map((port) => `--add-port=${port}`).join(" ")}`,
            ...pods.map((range) => `firewall-cmd --permanent --zone=trusted --add-source=${range}`),
            "firewall-cmd --reload",
          ]
        : [...ports.map((port) => `ufw allow ${port}`), ...pods.map((range) => `ufw allow from ${range}`), "ufw default allow routed"];
    return {
      problem: `${name} is active; the other hosts must reach ${ports.join(", ")} here, and pods${podSubnet === "" ? "" : ` (${podSubnet})`} each other`,
      remedy: commands.join("; "),
    };
  },
};
