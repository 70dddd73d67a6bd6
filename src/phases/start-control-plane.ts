import type { Change } from "../changes/change.ts";
import { kubernetesDirectory, pki } from "../templates/paths.ts";
import {
  etcdPod,
  kubeApiserverPod,
  kubeControllerManagerPod,
  kubeSchedulerPod,
  staticPodManifest,
} from "../templates/static-pods/index.ts";
import { type ClusterPhase, controlPlanes, factsOf, hostNamed } from "./context.ts";

/** What a component reads only when it starts; certificates that the API server and etcd serve are read anew by themselves. */
const loadedAtStart: Readonly<Record<string, readonly string[]>> = {
  "kube-apiserver": [`${pki}/sa.key`, `${pki}/sa.pub`, `${pki}/etcd/ca.crt`],
  "kube-controller-manager": [`${kubernetesDirectory}/controller-manager.conf`, `${pki}/sa.key`, `${pki}/ca.crt`, `${pki}/ca.key`],
  "kube-scheduler": [`${kubernetesDirectory}/scheduler.conf`],
};

/**
 * Needs: certificates, images, a kubelet that runs. Gives: the four static pods, which the kubelet starts at once. The controller manager and the
 * scheduler do not wait for the API server: their startup probes begin ten seconds after them, and their pods are not ready before.
 */
export const startControlPlane: ClusterPhase = {
  id: "start-control-plane",
  title: "Start the control plane",
  hosts: controlPlanes,
  needs: [
    { phase: "write-certificates", on: "here" },
    { phase: "import-control-plane-images", on: "here" },
  ],
  wish: (context, host) => {
    const { cluster, images } = context;
    const node = hostNamed(context, host);
    const caDirectories = factsOf(context, host).trust;
    const pods = [
      ...(cluster.etcd.mode === "stacked" ? [etcdPod({ cluster, node, image: images.etcd })] : []),
      kubeApiserverPod({ cluster, node, image: images["kube-apiserver"], caDirectories }),
      kubeControllerManagerPod({ cluster, node, image: images["kube-controller-manager"], caDirectories }),
      kubeSchedulerPod({ cluster, node, image: images["kube-scheduler"] }),
    ];
    return [
      { kind: "directory", path: cluster.etcd.dataDir, mode: 0o700, data: true },
      ...Object.entries(loadedAtStart).map(([name, inputs]): Change => ({ kind: "static-pod", name, inputs })),
      ...pods.map((pod): Change => ({ kind: "file", ...staticPodManifest(pod) })),
    ];
  },
};
