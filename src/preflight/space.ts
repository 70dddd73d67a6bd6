import type { Disk, DiskPath } from "../facts/disks.ts";
import { needsBundle } from "../supply/provision.ts";
import { type CheckContext } from "./check.ts";
import { isControlPlane, isNode, provisionOn, runsEtcd } from "./roles.ts";

const MiB = 1024 ** 2;

/**
 * Room that the making of a node takes, in bytes: executables, unpacked images, and blobs while they are staged. Measured with Kubernetes
 * 1.36 and flannel (230 MiB of executables, 770 MiB of images on a control plane, 310 on a worker, packed and unpacked), and rounded up.
 */
const neededSpace = (context: CheckContext): readonly (readonly [DiskPath, number])[] => [
  ["/etc", 1 * MiB],
  ...(isNode(context) && needsBundle(provisionOn(context))
    ? ([
        ["/usr", 350 * MiB],
        ["/opt", 80 * MiB],
        ["/var/lib/containerd", (isControlPlane(context) ? 900 : 500) * MiB],
      ] as const)
    : []),
  ...(isNode(context)
    ? ([
        ["/var/lib/kubelet", 50 * MiB],
        ["/var/log", 50 * MiB],
      ] as const)
    : []),
  ["/var/lib/kbs", (needsBundle(provisionOn(context)) ? (isControlPlane(context) ? 350 : 250) : 5) * MiB],
  ...(runsEtcd(context) ? ([["/var/lib/etcd", 500 * MiB]] as const) : []),
];

export interface Need {
  readonly disk: Disk;
  readonly paths: readonly DiskPath[];
  /** Bytes. */
  readonly needs: number;
}

/** The same by filesystem, since paths on one share its space. */
export const needsByFilesystem = (context: CheckContext): readonly Need[] => {
  const found = new Map<string, Need>();
  for (const [path, size] of neededSpace(context)) {
    const disk = context.facts.disks[path];
    if (disk === undefined) continue;
    const before = found.get(disk.mountPoint);
    found.set(disk.mountPoint, { disk, paths: [...(before?.paths ?? []), path], needs: (before?.needs ?? 0) + size });
  }
  return [...found.values()];
};
