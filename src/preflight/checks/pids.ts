import type { Check } from "../check.ts";
import { isNode } from "../roles.ts";

/** A small node with its system pods runs about a thousand threads; a control plane twice as many. */
const fewest = 4096;

export const pids: Check = {
  id: "pids",
  question: "May the host run processes enough?",
  severity: "warning",
  appliesTo: isNode,
  ask: ({ facts: { cgroups, sysctls } }) => {
    const limits = [
      { what: "the pids.max of its control group", value: cgroups.pidsMax },
      { what: "kernel.pid_max", value: Number(sysctls.values["kernel.pid_max"] ?? Number.NaN) },
      { what: "kernel.threads-max", value: Number(sysctls.values["kernel.threads-max"] ?? Number.NaN) },
    ].filter(({ value }) => value !== undefined && value < fewest);
    const [tight] = limits;
    if (tight === undefined) return undefined;
    return {
      problem: `${tight.what} allows ${tight.value} processes and threads`,
      remedy: `raise it to ${fewest} or more${tight.what.startsWith("kernel.") ? ` ("sysctl -w ${tight.what}=32768")` : "; of a container or virtual machine, where it is started"}`,
    };
  },
};
