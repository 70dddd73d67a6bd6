import { few, onEachMember, seenIn } from "../look.ts";
import type { Rule } from "../rule.ts";

const refused =
  /Unauthorized|the server has asked for the client to provide credentials|token .*(?:expired|invalid)|bootstrap.*(?:forbidden|refused)/i;

export const bootstrapToken: Rule = {
  id: "bootstrap-token",
  question: "Is the token refused with which a worker asks for its certificate?",
  find: onEachMember((on) => {
    const { hasBootstrapConf, hasKubeletConf } = on.runtime;
    if (!hasBootstrapConf || hasKubeletConf) return undefined;
    const said = seenIn(on.kubeletLog, refused, on);
    if (said.length === 0) return undefined;
    return {
      cause: "the API server refuses the token with which this host wants to join: it has expired, or was deleted",
      remedy: "run the create again: it makes a new token",
      certainty: "certain",
      seen: few(said),
    };
  }),
};
