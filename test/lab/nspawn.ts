import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { createGroups, processesOf, removeGroups } from "./cgroups.ts";
import { cableOf, removeInterface } from "./network.ts";
import { childrenOf, identify, isAlive, type ProcessIdentity, signalTo, until } from "./process.ts";

/** Where a host's container is kept and how it is called on this machine. */
export interface Container {
  /** Unique on this machine, at most 12 characters: it becomes part of an interface's name. */
  readonly machine: string;
  readonly hostname: string;
  readonly bridge: string;
  /** Holds root/ (the overlay), var-lib/, console.log and process.json. */
  readonly directory: string;
}

/** An orderly shutdown of a node with pods may take this long, in milliseconds: some of them use up all of `DefaultTimeoutStopSec`. */
export const shutdownTimeout = 60_000;
const killTimeout = 20_000;

const recordOf = ({ directory }: Container): string => join(directory, "process.json");

/** The supervisor of a container, if it runs. */
export const runningProcess = async (container: Container): Promise<ProcessIdentity | undefined> => {
  if (!existsSync(recordOf(container))) return undefined;
  const recorded: ProcessIdentity = JSON.parse(await readFile(recordOf(container), "utf8"));
  return isAlive(recorded) ? recorded : undefined;
};

/** Process 1 of the container as this machine numbers it; undefined between two boots. */
export const leaderOf = ({ pid }: ProcessIdentity): number | undefined => {
  const nspawn = childrenOf(pid)[0];
  return nspawn === undefined ? undefined : childrenOf(nspawn)[0];
};

// Enters the groups, then starts systemd-nspawn again for as long as it ends with 133: the container asks for a reboot, which under
// --keep-unit is the supervisor's work. A TERM is passed on; nspawn makes it an orderly shutdown. No control group of pods may outlive
// a reboot: on a real machine none does, and a kubelet spends seconds on each.
const supervisor = `
cable=$1 groups=$2; shift 2
own=
while [ "$groups" -gt 0 ]; do echo $$ > "$1/cgroup.procs"; own="$own $1"; shift; groups=$((groups - 1)); done
trap 'kill -TERM "$child"' TERM
while :; do
  systemd-nspawn "$@" & child=$!
  wait "$child"; code=$?
  while kill -0 "$child" 2> /dev/null; do wait "$child"; code=$?; done
  [ "$code" -eq 133 ] || exit "$code"
  ip link delete "$cable" 2> /dev/null
  for group in $own; do find "$group" -mindepth 1 -depth -type d -exec rmdir {} \\; ; done
done`;

const nspawnWords = ({ machine, hostname, bridge, directory }: Container): string[] => [
  `--directory=${join(directory, "root")}`,
  `--machine=${machine}`,
  `--hostname=${hostname}`,
  `--network-bridge=${bridge}`,
  "--boot",
  "--register=no",
  "--keep-unit",
  "--capability=all",
  "--system-call-filter=add_key keyctl bpf",
  "--link-journal=no",
  "--resolv-conf=off",
  "--timezone=off",
  "--tmpfs=/tmp",
  "--bind=/dev/kmsg",
  ...(existsSync("/lib/modules") ? ["--bind-ro=/lib/modules"] : []),
  // containerd, kubelet and etcd need a plain file system: overlayfs does not stack on the overlay root.
  `--bind=${join(directory, "var-lib")}:/var/lib`,
];

/** Boots a container. It goes on after this process; console.log gets what it prints. */
export const startContainer = async (container: Container): Promise<ProcessIdentity> => {
  await removeInterface(cableOf(container.machine));
  const groups = await createGroups(container.machine);
  const console_ = await open(join(container.directory, "console.log"), "a");
  const words = ["-c", supervisor, "sh", cableOf(container.machine), String(groups.length), ...groups, ...nspawnWords(container)];
  try {
    const child = spawn("/bin/sh", words, { detached: true, cwd: "/", stdio: ["ignore", console_.fd, console_.fd] });
    child.unref();
    const started = child.pid === undefined ? undefined : identify(child.pid);
    if (!started) throw new Error(`${container.machine} did not start: ${await lastConsoleLines(container)}`);
    const temporary = `${recordOf(container)}.new`;
    await writeFile(temporary, JSON.stringify(started));
    await rename(temporary, recordOf(container));
    return started;
  } finally {
    await console_.close();
  }
};

/** What a host printed last on its console, without the colours. */
export const lastConsoleLines = async ({ directory }: Container, count = 25): Promise<string> => {
  const text = await readFile(join(directory, "console.log"), "utf8").catch(() => "(no console)");
  return stripVTControlCharacters(text).trimEnd().split("\n").slice(-count).join("\n");
};

/** Kills every process of a container at once, and removes what it leaves on this machine. Its disk stays. */
export const killContainer = async (container: Container): Promise<void> => {
  const { machine } = container;
  const shell = await runningProcess(container);
  // First the supervisor, lest it start anything again.
  if (shell) signalTo(shell, "SIGKILL");
  const gone = await until(async () => {
    const processes = (await processesOf(machine)).flatMap((pid) => identify(pid) ?? []);
    for (const found of processes) signalTo(found, "SIGKILL");
    return processes.length === 0 && !(shell && isAlive(shell));
  }, killTimeout);
  if (!gone) throw new Error(`processes of ${machine} do not end: ${(await processesOf(machine)).join(", ")}`);
  await removeInterface(cableOf(machine));
  await removeGroups(machine);
  // nspawn itself removes it only where /run is a tmpfs.
  await rm(`/run/systemd/nspawn/propagate/${machine}`, { recursive: true, force: true });
  await rm(recordOf(container), { force: true });
};

/** Shuts a container down as its power button would, and kills what does not follow in time. */
export const stopContainer = async (container: Container): Promise<void> => {
  const shell = await runningProcess(container);
  if (shell) {
    signalTo(shell, "SIGTERM");
    await until(() => !isAlive(shell), shutdownTimeout);
  }
  await killContainer(container);
};
