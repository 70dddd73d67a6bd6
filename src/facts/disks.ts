import { fact } from "./fact.ts";
import { lines, sections, toNumber, words } from "./text.ts";

/** Folders in which a node keeps things. */
export const diskPaths = [
  "/etc",
  "/opt",
  "/tmp",
  "/usr",
  "/var/lib",
  "/var/lib/containerd",
  "/var/lib/etcd",
  "/var/lib/kbs",
  "/var/lib/kubelet",
  "/var/log",
] as const;

export type DiskPath = (typeof diskPaths)[number];

/** The filesystem that holds a path, or will once the path is made. */
export interface Disk {
  /** The path itself, or its nearest parent that exists. */
  readonly existing: string;
  /** Where its filesystem is mounted; two paths with the same mount point share their space. */
  readonly mountPoint: string;
  /** As the kernel names it: `ext4`, `xfs`, `overlay`, `nfs4` … */
  readonly type: string;
  readonly readOnly: boolean;
  readonly noExec: boolean;
  /** Bytes. */
  readonly total: number;
  /** Bytes an unprivileged process could still write. */
  readonly free: number;
  /** 0 for filesystems that make inodes as needed (btrfs). */
  readonly inodes: number;
  readonly freeInodes: number;
}

/** A path whose filesystem could not be measured is absent. */
export type DisksFact = Readonly<Partial<Record<DiskPath, Disk>>>;

interface Mount {
  readonly target: string;
  readonly type: string;
  readonly options: readonly string[];
}

const parseMounts = (text: string): readonly Mount[] =>
  lines(text).map((line) => {
    const [, target = "", type = "", options = ""] = words(line);
    return { target: target.replaceAll("\\040", " "), type, options: options.split(",") };
  });

const mountOf = (mounts: readonly Mount[], path: string): Mount | undefined =>
  mounts
    .filter(({ target }) => target === "/" || path === target || path.startsWith(`${target}/`))
    // Stable, so that of several mounts on one point the last, which covers the others, stays last.
    .toSorted((a, b) => a.target.length - b.target.length)
    .at(-1);

const parseDisk = (existing: string, sizes: string, mounts: readonly Mount[]): Disk | undefined => {
  const [block = 0, blocks, available, inodes = 0, freeInodes = 0] = sizes.split("|").map(toNumber);
  const mount = mountOf(mounts, existing);
  if (blocks === undefined || available === undefined || mount === undefined) return undefined;
  return {
    existing,
    mountPoint: mount.target,
    type: mount.type,
    readOnly: mount.options.includes("ro"),
    noExec: mount.options.includes("noexec"),
    total: blocks * block,
    free: available * block,
    inodes,
    freeInodes,
  };
};

export const disks = fact(
  "disks",
  `
echo '@@ paths'
set --
for path in ${diskPaths.join(" ")}; do
  near=$path
  until [ -e "$near" ] || [ -z "$near" ]; do near=\${near%/*}; done
  echo "$path=\${near:-/}"
  set -- "$@" "\${near:-/}"
done
echo '@@ sizes'
stat -f -c '%n=%S|%b|%a|%c|%d' "$@"
echo '@@ mounts'
grep -vE ' /(run/containerd|run/netns|var/lib/kubelet/pods|var/lib/docker|var/lib/containers)/' /proc/self/mounts`,
  (output): DisksFact => {
    const parts = sections(output);
    const mounts = parseMounts(parts.get("mounts") ?? "");
    const pairs = (name: string): ReadonlyMap<string, string> =>
      new Map(lines(parts.get(name) ?? "").map((line) => [line.slice(0, line.lastIndexOf("=")), line.slice(line.lastIndexOf("=") + 1)]));
    const [existing, sizes] = [pairs("paths"), pairs("sizes")];
    return Object.fromEntries(
      diskPaths.flatMap((path) => {
        const near = existing.get(path) ?? "";
        const disk = parseDisk(near, sizes.get(near) ?? "", mounts);
        return disk === undefined ? [] : [[path, disk]];
      }),
    );
  },
);
