import type { KubeObject } from "../../changes/change.ts";
import { etcdPod, kubeApiserverPod, kubeControllerManagerPod, kubeSchedulerPod, promptStartup } from "../../templates/static-pods/index.ts";
import { type Context, factsOf, hostNamed } from "../context.ts";

/** The static pods of a control plane, as their manifests have them. */
export const controlPlanePods = (context: Context, host: string): readonly KubeObject[] => {
  const { cluster, images } = context;
  const node = hostNamed(context, host);
  const caDirectories = factsOf(context, host).trust;
  const common = { cluster, node, startup: promptStartup };
  return [
    ...(cluster.etcd.mode === "stacked" ? [etcdPod({ ...common, image: images.etcd })] : []),
    kubeApiserverPod({ ...common, image: images["kube-apiserver"], caDirectories }),
    kubeControllerManagerPod({ ...common, image: images["kube-controller-manager"], caDirectories }),
    kubeSchedulerPod({ ...common, image: images["kube-scheduler"] }),
  ];
};
