import type { Change } from "../changes/change.ts";
import { binariesFor } from "../supply/binaries.ts";
import { cniConfigDirectory, containerdConfigFile, crictlConfigFile, registryDirectory } from "../templates/containerd/config.ts";
import { containerdBinary, containerdUnit } from "../templates/containerd/unit.ts";
import { type ClusterPhase, type Context, everyHost, hostNamed } from "./context.ts";

const runtimeBinaries = new Set(["containerd", "containerd-shim-runc-v2", "ctr", "runc"]);

const binaries = ({ software, cluster, hosts }: Context, host: string): Change[] =>
  binariesFor(hostNamed({ hosts }, host).roles, cluster.network.plugin)
    .filter(({ name }) => runtimeBinaries.has(name))
    .map(({ name, path }) => software(host).binary(name, path));

/** Needs: the kernel's modules. Gives: containerd, running with our configuration. */
export const installContainerd: ClusterPhase = {
  id: "install-containerd",
  title: "Install containerd",
  hosts: everyHost,
  needs: [{ phase: "prepare-host", on: "here" }],
  early: true,
  wish: (context, host) => {
    const config = containerdConfigFile(context.cluster, { sandboxImage: context.images.pause });
    return [
      { kind: "directory", path: "/etc/containerd", mode: 0o755 },
      { kind: "directory", path: registryDirectory, mode: 0o755 },
      { kind: "directory", path: "/var/lib/containerd", mode: 0o700, data: true },
      // containerd makes these by itself; made here, they go with the cluster.
      { kind: "directory", path: "/opt/containerd", mode: 0o711, data: true },
      { kind: "directory", path: "/etc/cni", mode: 0o755 },
      { kind: "directory", path: cniConfigDirectory, mode: 0o755, data: true },
      { kind: "file", ...config },
      { kind: "file", ...crictlConfigFile(context.cluster) },
      { kind: "file", ...containerdUnit },
      ...binaries(context, host),
      {
        kind: "service",
        unit: "containerd.service",
        inputs: [containerdUnit.path, config.path, containerdBinary],
        ready: "ctr version >/dev/null",
      },
    ];
  },
};
