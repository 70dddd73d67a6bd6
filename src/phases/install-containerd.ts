import type { Change } from "../changes/change.ts";
import { runtimePrograms } from "../supply/binaries.ts";
import { cniConfigDirectory, containerdConfigFile, crictlConfigFile, registryDirectory } from "../templates/containerd/config.ts";
import { containerdBinary, containerdUnit } from "../templates/containerd/unit.ts";
import { type ClusterPhase, type Context, nodes } from "./context.ts";

const binaries = ({ software, provision }: Context, host: string): Change[] =>
  provision(host)
    .binaries.filter(({ name }) => runtimePrograms.has(name))
    .map(({ name, path }) => software(host).binary(name, path));

const networkDirectories: readonly Change[] = [
  { kind: "directory", path: "/etc/cni", mode: 0o755 },
  { kind: "directory", path: cniConfigDirectory, mode: 0o755, data: true },
];

/** Needs: the kernel's modules. Gives: containerd, running with our configuration; one that packages have brought stays as it is. */
export const installContainerd: ClusterPhase = {
  id: "install-containerd",
  title: "Install containerd",
  hosts: nodes,
  needs: [{ phase: "prepare-host", on: "here" }],
  early: true,
  wish: (context, host) => {
    // A containerd that runs has made them, with a mode of its own; whoever brings the pod network decides what lies there.
    if (context.provision(host).containerd) return context.cluster.network.plugin === "none" ? [] : networkDirectories;
    const config = containerdConfigFile(context.cluster, { sandboxImage: context.images.pause });
    return [
      { kind: "directory", path: "/etc/containerd", mode: 0o755 },
      { kind: "directory", path: registryDirectory, mode: 0o755 },
      { kind: "directory", path: "/var/lib/containerd", mode: 0o700, data: true },
      // containerd makes these by itself; made here, they go with the cluster.
      { kind: "directory", path: "/opt/containerd", mode: 0o711, data: true },
      ...networkDirectories,
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
