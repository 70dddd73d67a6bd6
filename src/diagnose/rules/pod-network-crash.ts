import { onEachMember } from "../look.ts";
import type { Rule } from "../rule.ts";
import { keepsEnding, lastWords } from "./component-crash.ts";

export const podNetworkCrash: Rule = {
  id: "pod-network-crash",
  question: "Does flannel end again and again, so that pods have no network?",
  find: onEachMember((on) => {
    const agent = on.containers.find(({ namespace }) => namespace === "kube-flannel");
    if (agent === undefined || !keepsEnding(on, agent)) return undefined;
    return {
      cause: `flannel ends again and again (${agent.attempt} restarts): pods of this host have no network`,
      remedy: "its last words stand here; spec.network.flannel chooses its interface and its backend",
      certainty: "likely",
      seen: lastWords(agent),
    };
  }),
};
