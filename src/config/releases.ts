/** What is true of a release of Kubernetes and not of all that are supported, as kubeadm of that release has it. */
export interface Deltas {
  /** The patch release that a bare `1.36` stands for. */
  readonly newestPatch: string;
  /** Tags of images (cmd/kubeadm/app/constants). */
  readonly images: { readonly etcd: string; readonly coredns: string; readonly pause: string };
  /** Where a user's extra arguments go: sorted among the defaults, or after them in the user's order. */
  readonly extraArgs: "sorted" | "appended";
  /** The controller manager sees the directory of FlexVolume plugins. */
  readonly flexVolumeDirectory: boolean;
  /** An etcd whose tag says that it is older than 3.6 gets the flags that it had then. */
  readonly oldEtcdFlags: boolean;
  /** kube-proxy's mode is written when it is the default, too. */
  readonly proxyModeWritten: boolean;
  /** The DaemonSet of kube-proxy can be patched. */
  readonly proxyPatches: boolean;
  /** Fields that a KubeletConfiguration of a later release has. */
  readonly laterKubeletFields: readonly string[];
}

interface Release extends Deltas {
  /** What earlier patch releases had otherwise, and the first that has it as above. */
  readonly before?: { readonly patch: number; readonly deltas: Partial<Deltas> };
}

// From the source of the newest patch releases (cmd/kubeadm/app, k8s.io/kubelet), and the change logs for earlier ones.
const since37 = ["defaultPodSysctls"];
const since36 = [...since37, "memoryReservationPolicy", "tlsCurvePreferences"];

/** Every minor of Kubernetes that kbs can make, oldest first. */
export const releases: Readonly<Record<string, Release>> = {
  "1.35": {
    newestPatch: "v1.35.4",
    images: { etcd: "3.6.6-0", coredns: "v1.13.1", pause: "3.10.1" },
    extraArgs: "appended",
    flexVolumeDirectory: true,
    oldEtcdFlags: true,
    proxyModeWritten: false,
    proxyPatches: false,
    laterKubeletFields: since36,
    before: { patch: 1, deltas: { extraArgs: "sorted" } },
  },
  "1.36": {
    newestPatch: "v1.36.3",
    images: { etcd: "3.6.8-0", coredns: "v1.14.2", pause: "3.10.2" },
    extraArgs: "appended",
    flexVolumeDirectory: false,
    oldEtcdFlags: false,
    proxyModeWritten: false,
    proxyPatches: false,
    laterKubeletFields: since37,
  },
  "1.37": {
    newestPatch: "v1.37.0",
    images: { etcd: "3.7.0-0", coredns: "v1.14.6", pause: "3.10.2" },
    extraArgs: "appended",
    flexVolumeDirectory: false,
    oldEtcdFlags: false,
    proxyModeWritten: true,
    proxyPatches: true,
    laterKubeletFields: [],
  },
};

/** Such as 1.36, oldest first. */
export const supportedMinors: readonly string[] = Object.keys(releases);

/** Feature gates of kubeadm's own, each with the minor that no longer knows it; undefined: all supported ones do. */
export const kubeadmGates: Readonly<Record<string, string | undefined>> = {
  RootlessControlPlane: undefined,
  PublicKeysECDSA: "1.37",
  NodeLocalCRISocket: "1.37",
  ControlPlaneKubeletLocalMode: "1.36",
  WaitForAllControlPlaneComponents: "1.35",
  UpgradeAddonsBeforeControlPlane: "1.31",
  EtcdLearnerMode: "1.33",
};
