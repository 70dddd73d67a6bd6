import type { Change } from "../changes/change.ts";
import { binariesFor } from "../supply/binaries.ts";
import { cniBinDirectory } from "../templates/containerd/config.ts";
import { kubeletDropIn, kubeletUnit } from "../templates/kubelet/unit.ts";
import { type ClusterPhase, type Context, controlPlanes, everyHost, hostNamed } from "./context.ts";

const binaries = ({ software, cluster, hosts }: Context, host: string, which: (name: string, path: string) => boolean): Change[] =>
  binariesFor(hostNamed({ hosts }, host).roles, cluster.network.plugin)
    .filter(({ name, path }) => which(name, path))
    .map(({ name, path }) => software(host).binary(name, path));

/** Gives: the kubelet with its units. It is started by who configures it. */
export const installKubelet: ClusterPhase = {
  id: "install-kubelet",
  title: "Install the kubelet",
  hosts: everyHost,
  needs: [{ phase: "prepare-host", on: "here" }],
  early: true,
  wish: (context, host) => [
    { kind: "directory", path: "/var/lib/kubelet", mode: 0o700, data: true },
    { kind: "directory", path: "/etc/kubernetes", mode: 0o755, data: true },
    // The kubelet makes these by itself; made here, they go with the cluster.
    { kind: "directory", path: "/usr/libexec/kubernetes", mode: 0o755, data: true },
    { kind: "directory", path: "/var/log/pods", mode: 0o750, data: true },
    { kind: "directory", path: "/var/log/containers", mode: 0o755, data: true },
    { kind: "directory", path: "/etc/kubernetes/manifests", mode: 0o700 },
    { kind: "directory", path: "/etc/kubernetes/pki", mode: 0o755 },
    { kind: "directory", path: "/etc/systemd/system/kubelet.service.d", mode: 0o755 },
    { kind: "file", ...kubeletUnit },
    { kind: "file", ...kubeletDropIn },
    ...binaries(context, host, (name) => name === "kubelet"),
  ],
};

/**
 * Gives: the CNI plugins, which the first pod with a network of its own needs. They go with the images, and on a control plane after its start:
 * all that competes with the API server for the processors makes the whole cluster later.
 */
export const installCni: ClusterPhase = {
  id: "install-cni",
  title: "Install CNI plugins",
  hosts: everyHost,
  needs: [
    { phase: "prepare-host", on: "here" },
    { phase: "import-controller-images", on: "here" },
  ],
  early: true,
  lane: "images",
  wish: (context, host) => [
    { kind: "directory", path: "/opt/cni", mode: 0o755 },
    { kind: "directory", path: cniBinDirectory, mode: 0o755 },
    { kind: "directory", path: "/var/lib/cni", mode: 0o700, data: true },
    ...binaries(context, host, (_, path) => path.startsWith(`${cniBinDirectory}/`)),
  ],
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
