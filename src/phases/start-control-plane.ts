import type { Change, KubeObject } from "../changes/change.ts";
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

const manifestOf = (pod: KubeObject): Change => ({ kind: "file", ...staticPodManifest(pod) });

const inputsOf = (name: string): Change => ({ kind: "static-pod", name, inputs: loadedAtStart[name] ?? [] });

/** Needs: certificates, images, a kubelet that runs. Gives: etcd and the API server, which the kubelet starts at once. */
export const startApiServer: ClusterPhase = {
  id: "start-api-server",
  title: "Start etcd and the API server",
  hosts: controlPlanes,
  needs: [
    { phase: "write-certificates", on: "here" },
    { phase: "import-control-plane-images", on: "here" },
  ],
  wish: (context, host) => {
    const { cluster, images } = context;
    const node = hostNamed(context, host);
    const apiServer = kubeApiserverPod({ cluster, node, image: images["kube-apiserver"], caDirectories: factsOf(context, host).trust });
    const pods = [...(cluster.etcd.mode === "stacked" ? [etcdPod({ cluster, node, image: images.etcd })] : []), apiServer];
    return [
      { kind: "directory", path: cluster.etcd.dataDir, mode: 0o700, data: true },
      inputsOf("kube-apiserver"),
      ...pods.map(manifestOf),
    ];
  },
};

/**
 * Needs: an API server that is ready. One that has not made its own roles yet refuses them, and they ask again only seconds later.
 * Gives: the controller manager and the scheduler.
 */
export const startControllers: ClusterPhase = {
  id: "start-controllers",
  title: "Start the controller manager and the scheduler",
  hosts: controlPlanes,
  needs: [{ phase: "wait-api-server", on: "first" }],
  wish: (context, host) => {
    const { cluster, images } = context;
    const node = hostNamed(context, host);
    const manager = kubeControllerManagerPod({
      cluster,
      node,
      image: images["kube-controller-manager"],
      caDirectories: factsOf(context, host).trust,
    });
    const scheduler = kubeSchedulerPod({ cluster, node, image: images["kube-scheduler"] });
    return [inputsOf("kube-controller-manager"), inputsOf("kube-scheduler"), manifestOf(manager), manifestOf(scheduler)];
  },
};
