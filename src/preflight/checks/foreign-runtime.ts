import { isActive } from "../../facts/systemd.ts";
import type { Check } from "../check.ts";
import { isNode, isOurs, usedOn } from "../roles.ts";
import { listed } from "../words.ts";

export const foreignRuntime: Check = {
  id: "foreign-runtime",
  question: "Is the host free of container runtimes that others use?",
  severity: "warning",
  // One that is used as it is stays as it is.
  appliesTo: (context) => isNode(context) && !isOurs(context) && !usedOn(context).containerd,
  ask: ({ facts: { systemd } }) => {
    const running = ["docker", "containerd", "crio"].filter((unit) => isActive(systemd, unit));
    if (running.length === 0) return undefined;
    return {
      problem: `${listed(running)} ${running.length === 1 ? "runs" : "run"} here already; kbs replaces the configuration of containerd and restarts it`,
      remedy: running.includes("docker")
        ? 'if its containers may go: "systemctl disable --now docker.socket docker"; Docker also drops forwarded packets by its firewall rules'
        : "make sure that nothing else uses it; reset gives back the configuration that was there",
    };
  },
};
