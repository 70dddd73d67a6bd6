import type { NetworkPlugin, Role } from "../config/types.ts";
import { isNode } from "./images.ts";

/** An executable of the bundle and its place on a host. */
export interface InstalledBinary {
  readonly name: string;
  readonly path: string;
  readonly mode: 0o755;
}

// Where the packages of Kubernetes, and the release archives of containerd, runc and the CNI plugins have their files,
// so that units and habits made for those fit.
const directories = {
  containerd: "/usr/local/bin",
  "containerd-shim-runc-v2": "/usr/local/bin",
  ctr: "/usr/local/bin",
  runc: "/usr/local/sbin",
  kubelet: "/usr/bin",
  kubectl: "/usr/bin",
  loopback: "/opt/cni/bin",
  bridge: "/opt/cni/bin",
  "host-local": "/opt/cni/bin",
  portmap: "/opt/cni/bin",
  flannel: "/opt/cni/bin",
} as const;

/** etcd with what lists its members and restores its snapshots, where those put it who follow its guides. */
const etcdPrograms: readonly InstalledBinary[] = ["etcd", "etcdctl", "etcdutl"].map((name) => ({
  name,
  path: `/usr/local/bin/${name}`,
  mode: 0o755,
}));

/** What runs containers. */
export const runtimePrograms: ReadonlySet<string> = new Set(["containerd", "containerd-shim-runc-v2", "ctr", "runc"]);

/** What gives pods their network. */
export const cniPlugins: ReadonlySet<string> = new Set(["loopback", "bridge", "host-local", "portmap", "flannel"]);

/** The executables which a host with these roles needs. An administrator looks for kubectl on a control plane, so only there. */
export const binariesFor = (roles: readonly Role[], plugin: NetworkPlugin): InstalledBinary[] => {
  if (!isNode(roles)) return [...etcdPrograms];
  const without = new Set([...(roles.includes("control-plane") ? [] : ["kubectl"]), ...(plugin === "flannel" ? [] : ["flannel"])]);
  const wanted = Object.entries(directories).filter(([name]) => !without.has(name));
  return wanted.map(([name, directory]) => ({ name, path: `${directory}/${name}`, mode: 0o755 }));
};
