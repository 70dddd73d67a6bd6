import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

// Each host has a group of its own in every hierarchy of this machine, so that its systemd and its kubelet see a whole tree of
// their own, and so that nothing of it can be missed when it is killed. Groups are made and removed, hierarchies never remounted.

const parent = "kbs-lab";

/** Mount points of the cgroup hierarchies, from the text of /proc/self/mounts. */
export const hierarchiesIn = (mounts: string): string[] =>
  mounts.split("\n").flatMap((line) => {
    const [, path = "", type = ""] = line.split(" ");
    return type === "cgroup" || type === "cgroup2" ? [path] : [];
  });

const hierarchies = (): string[] => hierarchiesIn(readFileSync("/proc/self/mounts", "utf8"));

/** A host's group in each hierarchy. */
const groupsOf = (machine: string): string[] => hierarchies().map((root) => join(root, parent, machine));

const prepare = async (directory: string): Promise<void> => {
  await mkdir(directory, { recursive: true });
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    // A new cpuset has no processors, and a group without any takes no process.
    if (existsSync(join(directory, file))) await writeFile(join(directory, file), await readFile(join(directory, "..", file), "utf8"));
  }
  const controllers = join(directory, "..", "cgroup.controllers");
  if (!existsSync(controllers)) return;
  for (const controller of (await readFile(controllers, "utf8")).split(/\s/).filter(Boolean)) {
    await writeFile(join(directory, "..", "cgroup.subtree_control"), `+${controller}`);
  }
};

/** Makes a host's groups and gives their paths. */
export const createGroups = async (machine: string): Promise<string[]> => {
  for (const root of hierarchies()) {
    await prepare(join(root, parent));
    await prepare(join(root, parent, machine));
  }
  return groupsOf(machine);
};

const below = async (directory: string): Promise<string[]> => {
  if (!existsSync(directory)) return [];
  const entries = await readdir(directory, { withFileTypes: true, recursive: true }).catch(() => []);
  const inner = entries.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  return [...inner.toSorted((left, right) => right.length - left.length), directory];
};

/** Every process of a host, as this machine numbers them. */
export const processesOf = async (machine: string): Promise<number[]> => {
  const found = new Set<number>();
  for (const group of groupsOf(machine)) {
    for (const directory of await below(group)) {
      const text = await readFile(join(directory, "cgroup.procs"), "utf8").catch(() => "");
      for (const pid of text.split("\n").filter(Boolean)) found.add(Number(pid));
    }
  }
  // A process of another PID namespace is shown as 0.
  found.delete(0);
  return [...found];
};

/** Removes a host's groups, which must have no process any more; also the common parent, after the last host. */
export const removeGroups = async (machine: string): Promise<void> => {
  for (const group of groupsOf(machine)) {
    for (const directory of await below(group)) await rmdir(directory).catch(() => undefined);
    await rmdir(join(group, "..")).catch(() => undefined);
  }
};
