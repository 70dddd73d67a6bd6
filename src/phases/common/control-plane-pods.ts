import type { KubeObject } from "../../changes/change.ts";
import { type PatchTarget, patchTargets } from "../../config/types.ts";
import { patched } from "../../templates/patches/index.ts";
import {
  delayedStartup,
  etcdPod,
  kubeApiserverPod,
  kubeControllerManagerPod,
  kubeSchedulerPod,
  promptStartup,
} from "../../templates/static-pods/index.ts";
import { type Context, factsOf, hostNamed } from "../context.ts";
import { joiningOf } from "./etcd.ts";

/** The name of a component is that of its patches. */
const targetOf = ({ metadata: { name } }: KubeObject): PatchTarget => patchTargets.find((target) => target === name) ?? "kube-apiserver";

/** The static pods of a control plane, as their manifests have them. */
export const controlPlanePods = (context: Context, host: string): readonly KubeObject[] => {
  const { cluster, images } = context;
  const node = hostNamed(context, host);
  const caDirectories = factsOf(context, host).trust;
  const first = { cluster, node, startup: delayedStartup };
  const joining = cluster.etcd.mode === "stacked" ? joiningOf(context, host) : undefined;
  const next = { cluster, node, startup: promptStartup };
  return [
    ...(cluster.etcd.mode === "stacked" ? [etcdPod({ ...first, image: images.etcd, ...(joining && { joining }) })] : []),
    kubeApiserverPod({ ...first, image: images["kube-apiserver"], caDirectories }),
    kubeControllerManagerPod({ ...next, image: images["kube-controller-manager"], caDirectories }),
    kubeSchedulerPod({ ...next, image: images["kube-scheduler"] }),
  ].map((pod) => patched(cluster, targetOf(pod), pod));
};
