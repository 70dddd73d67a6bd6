import type { Change } from "../changes/change.ts";
import { binariesFor } from "../supply/binaries.ts";
import { cniBinDirectory, cniConfigDirectory } from "../templates/containerd/config.ts";
import { kubeletDropIn, kubeletUnit } from "../templates/kubelet/unit.ts";
import { type ClusterPhase, type Context, everyHost, hostNamed } from "./context.ts";

const binaries = ({ software, cluster, hosts }: Context, host: string): Change[] =>
  binariesFor(hostNamed({ hosts }, host).roles, cluster.network.plugin)
    .filter(({ name, path }) => path.startsWith(`${cniBinDirectory}/`) || name.startsWith("kube"))
    .map(({ name, path }) => software(host).binary(name, path));

/** Gives: the kubelet with its units, kubectl on control planes, the CNI plugins. The kubelet is started by who configures it. */
export const installKubelet: ClusterPhase = {
  id: "install-kubelet",
  title: "Install the kubelet and CNI plugins",
  hosts: everyHost,
  needs: [{ phase: "prepare-host", on: "here" }],
  early: true,
  wish: (context, host) => [
    { kind: "directory", path: "/opt/cni", mode: 0o755 },
    { kind: "directory", path: cniBinDirectory, mode: 0o755 },
    { kind: "directory", path: "/etc/cni", mode: 0o755 },
    { kind: "directory", path: cniConfigDirectory, mode: 0o755, data: true },
    { kind: "directory", path: "/var/lib/kubelet", mode: 0o700, data: true },
    { kind: "directory", path: "/etc/kubernetes", mode: 0o755, data: true },
    { kind: "directory", path: "/etc/kubernetes/manifests", mode: 0o700 },
    { kind: "directory", path: "/etc/kubernetes/pki", mode: 0o755 },
    { kind: "directory", path: "/etc/systemd/system/kubelet.service.d", mode: 0o755 },
    { kind: "file", ...kubeletUnit },
    { kind: "file", ...kubeletDropIn },
    ...binaries(context, host),
  ],
};
