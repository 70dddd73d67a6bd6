import { portsOf } from "../../preflight/roles.ts";
import type { HostEvidence } from "../evidence.ts";
import { containerNamed, few, onEachMember, seenIn } from "../look.ts";
import type { Rule } from "../rule.ts";

/** The kernel keeps 15 letters of a process's name. */
const comm = (name: string): string => name.slice(0, 15);
const inUse = /address already in use/i;

const complaints = (on: HostEvidence, component: string): readonly string[] => {
  if (component === "kubelet") return seenIn(on.kubeletLog, inUse, on);
  const container = containerNamed(on, component === "flannel" ? "kube-flannel" : component);
  return container === undefined ? [] : seenIn(container.log, inUse, on);
};

export const portTaken: Rule = {
  id: "port-taken",
  question: "Does somebody else hold a port that a component needs?",
  find: onEachMember((on, { cluster }) => {
    for (const { port, protocol, component } of portsOf({ cluster, host: on.host })) {
      const holder = on.facts.listeners.find((one) => one.port === port && one.protocol === protocol);
      if (holder === undefined) continue;
      const isOther = holder.process !== undefined && holder.process !== comm(component);
      // The kernel itself listens for VXLAN, without a process.
      if (!isOther) continue;
      const said = complaints(on, component);
      return {
        cause: `${component} needs port ${port}/${protocol}, which ${holder.process} (pid ${holder.pid}) holds`,
        remedy: `stop ${holder.process}, or move it to another port; ${component} then starts by itself`,
        certainty: "certain",
        seen: few([...said, `${holder.process} (pid ${holder.pid}) listens on ${holder.address}:${port}/${protocol}`]),
      };
    }
    return undefined;
  }),
};
