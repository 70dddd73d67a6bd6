import type { Check } from "../check.ts";
import { isNode, isOurs } from "../roles.ts";

export const cniConfigs: Check = {
  id: "cni-configs",
  question: "Is the pod network the only one configured?",
  severity: "warning",
  appliesTo: (context) => isNode(context) && !isOurs(context),
  ask: ({ facts: { kubernetes } }) => {
    const used = kubernetes.cniConfigs.filter((path) => /\.(?:conf|conflist|json)$/.test(path));
    if (used.length === 0) return undefined;
    return {
      problem: "there are network configurations already; the runtime takes the first by name, which may not be this cluster's",
      evidence: used.join(", "),
      remedy: "move them out of /etc/cni/net.d",
    };
  },
};
