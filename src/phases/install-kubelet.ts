import type { Change } from "../changes/change.ts";
import { cniPlugins } from "../supply/binaries.ts";
import { cniBinDirectory } from "../templates/containerd/config.ts";
import { kubeletDropIn, kubeletUnit } from "../templates/kubelet/unit.ts";
import { certificatesFolder, kubeletFolder, kubernetesFolder, manifestsFolder } from "./common/directories.ts";
import { type ClusterPhase, type Context, controlPlanes, nodes } from "./context.ts";

const binaries = ({ software, provision }: Context, host: string, which: (name: string) => boolean): Change[] =>
  provision(host)
    .binaries.filter(({ name }) => which(name))
    .map(({ name, path }) => software(host).binary(name, path));

const units: readonly Change[] = [
  { kind: "directory", path: "/etc/systemd/system/kubelet.service.d", mode: 0o755 },
  { kind: "file", ...kubeletUnit },
  { kind: "file", ...kubeletDropIn },
];

/** Gives: the kubelet with its units, unless packages have brought them. It is started by who configures it. */
export const installKubelet: ClusterPhase = {
  id: "install-kubelet",
  title: "Install the kubelet",
  hosts: nodes,
  needs: [{ phase: "prepare-host", on: "here" }],
  early: true,
  wish: (context, host) => [
    kubeletFolder,
    kubernetesFolder,
    // The kubelet makes these by itself; made here, they go with the cluster.
    { kind: "directory", path: "/usr/libexec/kubernetes", mode: 0o755, data: true },
    { kind: "directory", path: "/var/log/pods", mode: 0o750, data: true },
    { kind: "directory", path: "/var/log/containers", mode: 0o755, data: true },
    manifestsFolder,
    ...certificatesFolder(context.cluster),
    ...(context.provision(host).kubelet ? [] : units),
    ...binaries(context, host, (name) => name === "kubelet"),
  ],
};

const pluginDirectories: readonly Change[] = [
  { kind: "directory", path: "/opt/cni", mode: 0o755 },
  { kind: "directory", path: cniBinDirectory, mode: 0o755 },
];

/**
 * Gives: the CNI plugins, which the first pod with a network of its own needs. They go with the images, and on a control plane after its start:
 * all that competes with the API server for the processors makes the whole cluster later.
 */
export const installCni: ClusterPhase = {
  id: "install-cni",
  title: "Install CNI plugins",
  hosts: nodes,
  needs: [
    { phase: "prepare-host", on: "here" },
    { phase: "start-api-server", on: "here" },
    { phase: "import-controller-images", on: "here" },
  ],
  early: true,
  lane: "images",
  wish: (context, host) => {
    const plugins = binaries(context, host, (name) => cniPlugins.has(name));
    return [
      ...(context.provision(host).containerd ? [] : pluginDirectories),
      { kind: "directory", path: "/var/lib/cni", mode: 0o700, data: true },
      ...plugins,
    ];
  },
};

/** Gives: kubectl, for administrators on the host. Nothing of the cluster waits for it. */
export const installKubectl: ClusterPhase = {
  id: "install-kubectl",
  title: "Install kubectl",
  hosts: controlPlanes,
  needs: [{ phase: "import-node-images", on: "here" }],
  early: true,
  lane: "images",
  wish: (context, host) => binaries(context, host, (name) => name === "kubectl"),
};
