import type { KubeObject } from "../../changes/change.ts";
import { etcdPod, kubeApiserverPod, kubeControllerManagerPod, kubeSchedulerPod } from "../../templates/static-pods/index.ts";
import { type Context, factsOf, hostNamed } from "../context.ts";

/** The static pods of a control plane, as their manifests have them. */
export const controlPlanePods = (context: Context, host: string): readonly KubeObject[] => {
  const { cluster, images } = context;
  const node = hostNamed(context, host);
  const caDirectories = factsOf(context, host).trust;
  return [
    ...(cluster.etcd.mode === "stacked" ? [etcdPod({ cluster, node, image: images.etcd })] : []),
    kubeApiserverPod({ cluster, node, image: images["kube-apiserver"], caDirectories }),
    kubeControllerManagerPod({ cluster, node, image: images["kube-controller-manager"], caDirectories }),
    kubeSchedulerPod({ cluster, node, image: images["kube-scheduler"] }),
  ];
};
