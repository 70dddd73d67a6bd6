import { few } from "../look.ts";
import type { Rule } from "../rule.ts";

export const unschedulable: Rule = {
  id: "pods-unschedulable",
  question: "Do system pods find no node that takes them?",
  find: ({ api, cluster }) => {
    // Beside nodes that are not ready it is a consequence, which needs no word of its own.
    if (api === undefined || api.nodes.some(({ why }) => why !== undefined) || api.nodes.length < cluster.hosts.length) return [];
    const waiting = api.pods.filter(({ node, why }) => node === undefined && why !== undefined);
    if (waiting.length === 0) return [];
    const names = waiting.map(({ namespace, name }) => `Pod ${namespace}/${name}`);
    const said = api.events
      .filter(({ reason, about }) => reason === "FailedScheduling" && names.includes(about))
      .map(({ message }) => message);
    const short = said.some((message) => /Insufficient (?:cpu|memory)/.test(message));
    return [
      {
        cause: `${waiting.length} system pods find no node: ${short ? "no node has enough CPU or memory free" : "every node has a taint that they do not tolerate, or lacks what they ask for"}`,
        remedy: short ? "add a worker, or give the hosts more CPUs and memory" : "add a worker, or take a taint away (spec.hosts[].taints)",
        certainty: "likely",
        seen: few(said),
      },
    ];
  },
};
