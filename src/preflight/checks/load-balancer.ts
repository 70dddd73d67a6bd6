import { runsProxy } from "../../config/roles.ts";
import type { Check, CheckContext } from "../check.ts";
import { isControlPlane, isOurs } from "../roles.ts";

const manifest = (name: string): string => `/etc/kubernetes/manifests/${name}.yaml`;

/** What an earlier run has started here for the endpoint, and the configuration wants no more. */
const leftover = (context: CheckContext): "haproxy" | "kube-vip" | undefined => {
  const { cluster, facts, host } = context;
  const has = (name: string): boolean => facts.kubernetes.manifests.includes(manifest(name));
  if (has("haproxy") && !isControlPlane(context) && !runsProxy(host, cluster)) return "haproxy";
  return has("kube-vip") && isControlPlane(context) && cluster.loadBalancer !== "kube-vip" ? "kube-vip" : undefined;
};

/** kubelet, kube-proxy and the pod network of each node go by the endpoint as it was: nobody could tell them all at once. */
export const loadBalancer: Check = {
  id: "load-balancer",
  question: "Does the host keep the way by which it reaches the API?",
  severity: "error",
  appliesTo: isOurs,
  ask: (context) => {
    const kind = leftover(context);
    if (kind === undefined) return undefined;
    return {
      problem: `the host reaches the API by ${kind}, and the configuration says loadBalancer: ${context.cluster.loadBalancer}`,
      evidence: manifest(kind),
      remedy: `write loadBalancer: ${kind} again; taking it away from a living cluster is not supported`,
    };
  },
};
