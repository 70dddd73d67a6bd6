import { few, onEachMember, seenIn } from "../look.ts";
import type { Rule } from "../rule.ts";
import { keepsEnding, lastWords } from "./component-crash.ts";

const conntrack = /nf_conntrack_max.*(?:permission denied|read-only)|open \/proc\/sys\/net\/netfilter\/nf_conntrack_max/i;

export const kubeProxyCrash: Rule = {
  id: "kube-proxy-crash",
  question: "Does kube-proxy end again and again, so that Services do not answer?",
  find: onEachMember((on) => {
    const proxy = on.containers.find(({ container }) => container === "kube-proxy");
    if (proxy === undefined || !keepsEnding(on, proxy)) return undefined;
    const limited = seenIn(proxy.log, conntrack, on).length > 0;
    return {
      cause: limited
        ? "kube-proxy ends, since it may not set nf_conntrack_max here, as in a container: Services do not answer on this host"
        : `kube-proxy ends again and again (${proxy.attempt} restarts): Services do not answer on this host`,
      remedy: limited
        ? "set spec.kubernetes.kubeProxy.conntrack to {maxPerCore: 0, min: 0}"
        : "its last words stand here; its configuration is spec.kubernetes.kubeProxy",
      certainty: limited ? "certain" : "likely",
      seen: few(lastWords(proxy)),
    };
  }),
};
