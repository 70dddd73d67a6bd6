import { kubeVipPod } from "../templates/balancer/kube-vip.ts";
import { staticPodManifest } from "../templates/static-pods/index.ts";
import { type ClusterPhase, type Context, controlPlanes, factsOf, hostNamed } from "./context.ts";

/** The interface that has the node's address: the network in which the endpoint's is free. */
const deviceOf = (context: Context, host: string): string | undefined => {
  const { internalAddress } = hostNamed(context, host);
  const { interfaces } = factsOf(context, host).network;
  return interfaces.find(({ addresses }) => addresses.some((address) => address.startsWith(`${internalAddress}/`)))?.name;
};

/** Needs: a control plane that runs here, and rights for the administrator. Gives: somebody who has the endpoint's address. */
export const startKubeVip: ClusterPhase = {
  id: "start-kube-vip",
  title: "Start kube-vip",
  hosts: (context) => (context.cluster.loadBalancer === "kube-vip" ? controlPlanes(context) : []),
  needs: [
    { phase: "start-controllers", on: "here" },
    { phase: "apply-bootstrap-objects", on: "first" },
  ],
  wish: (context, host) => {
    const pod = kubeVipPod({ cluster: context.cluster, image: context.images["kube-vip"], device: deviceOf(context, host) });
    return [{ kind: "file", ...staticPodManifest(pod) }];
  },
};
