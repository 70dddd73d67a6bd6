import type { Check } from "../check.ts";
import { isControlPlane } from "../roles.ts";

/** kubeadm's limit. */
const fewest = 2;

export const cpus: Check = {
  id: "cpus",
  aliases: ["NumCPU"],
  question: "Has the control plane processors enough?",
  severity: "error",
  appliesTo: isControlPlane,
  ask: ({ facts: { machine } }) =>
    machine.cpus === undefined || machine.cpus >= fewest
      ? undefined
      : {
          problem: `a control plane needs ${fewest} CPUs, this host has ${machine.cpus}`,
          remedy: "give the machine another CPU, or the role to another host",
        },
};
