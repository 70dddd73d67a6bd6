import type { Change, KubeObject } from "../changes/change.ts";
import { lastValue } from "../templates/args.ts";
import { etcdClientPort, staticPodManifest } from "../templates/static-pods/index.ts";
import { answersWithin } from "./common/api-ready.ts";
import { controlPlanePods } from "./common/control-plane-pods.ts";
import { etcdCertificatesFolder, kubernetesFolder, manifestsFolder } from "./common/directories.ts";
import { joiningControlPlanes } from "./common/etcd.ts";
import { loadedAtStartOf } from "./common/loaded-at-start.ts";
import { makes } from "./common/parts.ts";
import { firstEtcdFiles, startsEtcdEarly } from "./common/pki.ts";
import { runningPods, type Served } from "./common/running-pods.ts";
import { type ClusterPhase, type Context, controlPlanes, otherControlPlanes, touchedFirst } from "./context.ts";

const isEtcd = ({ metadata }: KubeObject): boolean => metadata.name === "etcd";
const isController = ({ metadata }: KubeObject): boolean => ["kube-controller-manager", "kube-scheduler"].includes(metadata.name);

/** What tells whether a pod still runs from its inputs, and its manifest. */
const manifestsOf = (pods: readonly KubeObject[], { cluster }: Context): readonly Change[] => [
  ...pods.map(({ metadata: { name } }): Change => ({ kind: "static-pod", name, inputs: loadedAtStartOf(name, cluster) })),
  ...pods.map((pod): Change => ({ kind: "file", ...staticPodManifest(pod) })),
];

const namesOf = (pods: readonly KubeObject[]): readonly string[] => pods.map(({ metadata }) => metadata.name);

const apiServer = "kube-apiserver";

const running = (pods: readonly KubeObject[], { cluster }: Context): readonly Change[] =>
  runningPods(namesOf(pods), {
    by: { [apiServer]: cluster.kubernetes.apiServer.bindPort },
    slow: apiServer,
    within: answersWithin(cluster),
    name: "run the control plane from its manifests",
  });

const dataFolder = (context: Context): readonly Change[] => {
  const { mode, dataDir } = context.cluster.etcd;
  return mode === "stacked" && makes(context, "etcd/local") ? [{ kind: "directory", path: dataDir, mode: 0o700, data: true }] : [];
};

/** Gives: the manifests that the run makes, for a kubelet that may not run yet. */
export const writeManifests: ClusterPhase = {
  id: "write-manifests",
  title: "Write the manifests of the control plane",
  hosts: controlPlanes,
  wish: (context, host) => [
    kubernetesFolder,
    manifestsFolder,
    ...dataFolder(context),
    ...manifestsOf(controlPlanePods(context, host), context),
  ],
};

/**
 * Needs: images, a kubelet that runs. Gives: the manifest of etcd, and what it starts with, before that of the API server: an etcd alone waits between a
 * tenth of a second and a second until it elects itself, by lot (raft's election timeout), and an API server waits for it.
 */
export const startFirstEtcd: ClusterPhase = {
  id: "start-first-etcd",
  title: "Start etcd on the first control plane",
  hosts: (context) => touchedFirst(context).filter((host) => startsEtcdEarly(context, host)),
  needs: [
    { phase: "start-kubelet", on: "here" },
    { phase: "make-first-etcd-pki", on: "first" },
    { phase: "import-api-server-images", on: "here" },
  ],
  wish: (context, host) => [
    etcdCertificatesFolder(context.cluster),
    ...firstEtcdFiles(context, host),
    ...dataFolder(context),
    ...manifestsOf(controlPlanePods(context, host).filter(isEtcd), context),
  ],
};

/** Needs: certificates, images, a kubelet that runs. Gives: etcd and an API server that listens. */
export const startApiServer: ClusterPhase = {
  id: "start-api-server",
  title: "Start the API server",
  hosts: touchedFirst,
  needs: [
    { phase: "write-certificates", on: "here" },
    { phase: "import-api-server-images", on: "here" },
    { phase: "await-etcd", on: "here" },
  ],
  wish: (context, host) => {
    const pods = controlPlanePods(context, host).filter((pod) => !isController(pod));
    const later = pods.filter((pod) => !isEtcd(pod));
    return [...manifestsOf(later, context), ...running(pods, context)];
  },
};

/** Needs: a place in etcd's list of members, and a kubelet. Gives: an etcd that runs, and listens to clients once it has found the others. */
export const startEtcd: ClusterPhase = {
  id: "start-etcd",
  title: "Start etcd on the other control planes",
  hosts: joiningControlPlanes,
  needs: [
    { phase: "join-etcd", on: "here" },
    { phase: "start-member-kubelet", on: "here" },
    { phase: "import-etcd-images", on: "here" },
  ],
  wish: (context, host) => {
    const pods = controlPlanePods(context, host).filter(isEtcd);
    const served: Served = {
      by: { etcd: etcdClientPort },
      within: answersWithin(context.cluster),
      name: "run etcd from its manifest",
    };
    return [...dataFolder(context), ...manifestsOf(pods, context), ...runningPods(namesOf(pods), served)];
  },
};

/** Needs: an etcd with a vote: until then it answers no API server. Gives: an API server that listens on each of the other control planes. */
export const startMemberApiServer: ClusterPhase = {
  id: "start-member-api-server",
  title: "Start the API server on the other control planes",
  hosts: otherControlPlanes,
  needs: [
    { phase: "promote-etcd", on: "here" },
    { phase: "await-etcd", on: "first" },
    { phase: "start-member-kubelet", on: "here" },
    { phase: "write-certificates", on: "here" },
    { phase: "import-api-server-images", on: "here" },
  ],
  wish: (context, host) => {
    const pods = controlPlanePods(context, host).filter((pod) => !isController(pod) && !isEtcd(pod));
    return [...manifestsOf(pods, context), ...running(pods, context)];
  },
};

/** Where the controllers serve their health, which they do before they are elected. */
const controllerPorts = ({ kubernetes: { controllerManager, scheduler } }: Context["cluster"]): Served["by"] => ({
  "kube-controller-manager": Number(lastValue(controllerManager.extraArgs, "secure-port") ?? 10_257),
  "kube-scheduler": Number(lastValue(scheduler.extraArgs, "secure-port") ?? 10_259),
});

/**
 * Needs: the API, images. Gives: the controller manager and the scheduler. They start when they are answered: one that finds no API server, or no
 * rights in it, asks again only after two to four seconds, and takes processors from the API server meanwhile.
 */
export const startControllers: ClusterPhase = {
  id: "start-controllers",
  title: "Start the controllers",
  hosts: controlPlanes,
  needs: [
    { phase: "wait-api-server", on: "first" },
    { phase: "start-api-server", on: "here" },
    { phase: "start-member-api-server", on: "here" },
    { phase: "import-controller-images", on: "here" },
  ],
  wish: (context, host) => {
    const pods = controlPlanePods(context, host).filter(isController);
    const served: Served = {
      by: controllerPorts(context.cluster),
      within: answersWithin(context.cluster),
      name: "run the controllers from their manifests",
    };
    return [...manifestsOf(pods, context), ...runningPods(namesOf(pods), served)];
  },
};

/**
 * The same where nobody waits for pods: as soon as the API server serves. Until then they would take its processors, and for the second that it rests before
 * it makes its roles they are not needed by anybody else (PollUntilContextTimeout in the hooks of pkg/registry/{rbac,scheduling}).
 */
export const startControllersBeside: ClusterPhase = {
  ...startControllers,
  needs: (startControllers.needs ?? []).map((need) => (need.phase === "wait-api-server" ? { ...need, phase: "reach-api-server" } : need)),
};
