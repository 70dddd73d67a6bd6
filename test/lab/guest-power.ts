import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { command } from "./command.ts";
import type { GuestBase } from "./guest-base.ts";
import { until } from "./process.ts";

/** Milliseconds for what takes a moment. */
const timeout = 60_000;
const memory = "2G";

/** What a virtual machine is made of. */
export interface Machine {
  readonly name: string;
  readonly directory: string;
  /** This machine's end of its cable. */
  readonly cable: string;
  readonly base: GuestBase;
}

export const diskOf = ({ directory }: Machine): string => join(directory, "disk.img");
const socketOf = ({ directory }: Machine): string => join(directory, "disk.sock");

/**
 * The disk, with a cache as disks have one: what is written stays in nbdkit's temporary file, which has no name, until the guest asks for a flush;
 * then it goes to the image, whose pages this machine keeps whatever becomes of nbdkit. So a SIGKILL takes from the guest all that
 * it has not flushed, the most that a power cut can take. With QEMU's own cache modes all that a guest has written would survive, flushed or not:
 * it would be in the page cache of this machine.
 */
const diskWords = (machine: Machine): string[] => [
  "nbdkit",
  "--foreground",
  "--unix",
  socketOf(machine),
  "--filter=cache",
  "file",
  diskOf(machine),
  "cache=writeback",
];

/** An address of its own for its network card, and the same at each boot. */
const macOf = ({ cable }: Machine): string =>
  `52:54:00:${createHash("sha256").update(cable).digest("hex").slice(0, 6).match(/../g)?.join(":")}`;

/** One processor, emulated: software emulation works wherever the lab does. A panic is an end, and no wait for nothing. */
const machineWords = (machine: Machine): string[] => {
  const options: Readonly<Record<string, string>> = {
    accel: "tcg",
    cpu: "max",
    smp: "1",
    m: memory,
    display: "none",
    monitor: "none",
    serial: `file:${join(machine.directory, "console.log")}`,
    kernel: machine.base.kernel,
    initrd: machine.base.initrd,
    append: "root=/dev/vda rw console=ttyS0 panic=-1 mitigations=off",
    // cache=writeback: the guest is told that its disk has a cache, or it would never flush.
    drive: `if=none,id=disk,format=raw,cache=writeback,file=nbd+unix:///?socket=${socketOf(machine)}`,
    netdev: `tap,id=net,ifname=${machine.cable},script=no,downscript=no`,
  };
  const devices = ["virtio-blk-pci,drive=disk", "virtio-rng-pci", `virtio-net-pci,netdev=net,mac=${macOf(machine)}`];
  return [
    "qemu-system-x86_64",
    "-nodefaults",
    "-no-reboot",
    ...Object.entries(options).flatMap(([name, value]) => [`-${name}`, value]),
    ...devices.flatMap((device) => ["-device", device]),
  ];
};

// Neither outlives this process, however that ends: the disk and the cable are removed with the lab, and nothing may hold them then.
const tied = ["--pdeathsig", "KILL"];

const startTied = async ({ directory }: Machine, words: readonly string[]): Promise<ChildProcess> => {
  const log = await open(join(directory, `${words[0]}.log`), "a");
  try {
    const env = { ...process.env, TMPDIR: directory };
    return spawn("setpriv", [...tied, ...words], { cwd: "/", env, stdio: ["ignore", log.fd, log.fd] });
  } finally {
    await log.close();
  }
};

export const isOver = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

/** Kills it, and waits until it is gone. */
export const endNow = async (child: ChildProcess): Promise<void> => {
  if (isOver(child)) return;
  const ended = once(child, "close");
  child.kill("SIGKILL");
  await ended;
};

/** What it said last, by all ways that it has. */
export const lastWords = async ({ directory }: Machine): Promise<string> => {
  const texts = await Promise.all(
    ["nbdkit.log", "qemu-system-x86_64.log", "console.log"].map((name) => readFile(join(directory, name), "utf8").catch(() => "")),
  );
  return texts.flatMap((text) => text.trimEnd().split("\n").slice(-25)).join("\n");
};

/** Starts disk, then machine, and plugs its cable in. `parts` gets both, the disk first, also when one of them fails. */
export const powerOn = async (machine: Machine, bridge: string, parts: ChildProcess[]): Promise<void> => {
  await rm(socketOf(machine), { force: true });
  const disk = await startTied(machine, diskWords(machine));
  parts.push(disk);
  const connected = await until(
    async () => isOver(disk) || (await readFile("/proc/net/unix", "utf8")).includes(socketOf(machine)),
    timeout,
  );
  if (!connected || isOver(disk)) throw new Error(`the disk of ${machine.name} did not start:\n${await lastWords(machine)}`);
  const system = await startTied(machine, machineWords(machine));
  parts.push(system);
  const plugged = await until(async () => {
    if (isOver(system)) throw new Error(`${machine.name} did not start:\n${await lastWords(machine)}`);
    return (await readFile("/proc/net/dev", "utf8")).includes(`${machine.cable}:`);
  }, timeout);
  if (!plugged) throw new Error(`${machine.name} has no cable ${machine.cable}:\n${await lastWords(machine)}`);
  await command("ip", ["link", "set", "dev", machine.cable, "master", bridge, "up"], { timeout });
};
