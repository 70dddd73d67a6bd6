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
import { makes } from "./parts.ts";
import { hasExternalCa } from "./pki.ts";

/** The name of a component is that of its patches. */
const targetOf = ({ metadata: { name } }: KubeObject): PatchTarget => patchTargets.find((target) => target === name) ?? "kube-apiserver";

/** kubeadm's name of the phase that makes a pod's manifest. */
const partOf = ({ metadata: { name } }: KubeObject): string =>
  name === "etcd" ? "etcd/local" : `control-plane/${name.replace(/^kube-/, "")}`;

/** The static pods of a control plane which the run makes, as their manifests have them. */
export const controlPlanePods = (context: Context, host: string): readonly KubeObject[] => {
  const { cluster, images } = context;
  const node = hostNamed(context, host);
  const caDirectories = factsOf(context, host).trust;
  const first = { cluster, node, startup: delayedStartup };
  const hasEtcd = cluster.etcd.mode === "stacked" && makes(context, "etcd/local");
  const joining = hasEtcd ? joiningOf(context, host) : undefined;
  const next = { cluster, node, startup: promptStartup };
  return [
    ...(hasEtcd ? [etcdPod({ ...first, image: images.etcd, ...(joining && { joining }) })] : []),
    kubeApiserverPod({ ...first, image: images["kube-apiserver"], caDirectories }),
    kubeControllerManagerPod({
      ...next,
      image: images["kube-controller-manager"],
      caDirectories,
      externalCa: hasExternalCa(context, host),
    }),
    kubeSchedulerPod({ ...next, image: images["kube-scheduler"] }),
  ]
    .filter((pod) => makes(context, partOf(pod)))
    .map((pod) => patched(cluster, targetOf(pod), pod));
};
