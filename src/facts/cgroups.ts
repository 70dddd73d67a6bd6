import { fact } from "./fact.ts";
import { lines, sections, toNumber, words } from "./text.ts";

export interface CgroupsFact {
  /** Version of the tree at /sys/fs/cgroup. */
  readonly version?: 1 | 2;
  /** Enabled here. With version 2 `devices` and `freezer` are always there but never listed by the kernel. */
  readonly controllers: readonly string[];
  /** Most processes that the root of the visible tree may hold; absent when there is no limit. */
  readonly pidsMax?: number;
}

// The rule of kubeadm's system validator: cgroup2 at /sys/fs/cgroup is version 2, tmpfs there with a memory folder is version 1.
const versionOf = (mounts: string, layout: string): 1 | 2 | undefined => {
  const types = lines(mounts).map((line) => words(line));
  const atRoot = types.findLast(([, target]) => target === "/sys/fs/cgroup")?.[2];
  if (atRoot === "cgroup2") return 2;
  if (layout.includes("memory") || atRoot === "cgroup") return 1;
  const anywhere = new Set(types.map(([, , type]) => type));
  return anywhere.has("cgroup2") ? 2 : anywhere.has("cgroup") ? 1 : undefined;
};

const enabledV1 = (text: string): readonly string[] =>
  lines(text)
    .map((line) => words(line))
    .flatMap(([name = "", , , enabled]) => (!name.startsWith("#") && enabled === "1" ? [name] : []));

export const cgroups = fact(
  "cgroups",
  `
echo '@@ mounts'
grep -E '^[^ ]+ (/sys/fs/cgroup |[^ ]+ cgroup2? )' /proc/self/mounts
echo '@@ layout'
[ -d /sys/fs/cgroup/memory ] && echo memory
echo '@@ v2'
cat /sys/fs/cgroup/cgroup.controllers
echo '@@ v1'
cat /proc/cgroups
echo '@@ pids'
cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max`,
  (output): CgroupsFact => {
    const part = (name: string): string => sections(output).get(name) ?? "";
    const version = versionOf(part("mounts"), part("layout"));
    const pidsMax = toNumber(lines(part("pids"))[0]);
    return {
      controllers: version === 2 ? words(part("v2")) : enabledV1(part("v1")),
      ...(version === undefined ? {} : { version }),
      ...(pidsMax === undefined ? {} : { pidsMax }),
    };
  },
);
