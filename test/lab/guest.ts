import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "./cache.ts";
import { command } from "./command.ts";
import { guestBase } from "./guest-base.ts";
import { diskOf, endNow, isOver, lastWords, type Machine, powerOn } from "./guest-power.ts";
import type { LabHost } from "./host.ts";
import { giveIdentity } from "./identity.ts";
import type { Lab } from "./lab.ts";
import { shareMounts, unmountBelow } from "./overlay.ts";
import { until } from "./process.ts";
import { type Keys, runBySsh, sshAnswers } from "./ssh.ts";
import { labDirectory } from "./state.ts";
import { hostAddress } from "./subnet.ts";
import { ensureTools } from "./tools.ts";

/** A host that is a virtual machine: with a kernel and a disk of its own, and with power that can be cut. */
export interface Guest extends Pick<LabHost, "name" | "address" | "run" | "start"> {
  /** Takes its power away at once. Its disk keeps what it was told to flush, and nothing else. */
  cutPower(): Promise<void>;
  /** Looks at the disk of a guest whose power was cut, as its next boot will find it: ext4 has gone through its log. */
  look<T>(at: (root: string) => T): Promise<T>;
}

/** An emulated processor boots in half a minute; this is for a machine that has ten other things to do. Milliseconds. */
const bootTimeout = 600_000;
const timeout = 60_000;

const withDisk = async <T>(machine: Machine, work: (root: string) => T | Promise<T>): Promise<T> => {
  const root = join(machine.directory, "root");
  await mkdir(root, { recursive: true });
  await command("mount", ["-o", "loop", diskOf(machine), root], { timeout });
  let result: T;
  try {
    result = await work(root);
  } finally {
    await unmountBelow(root);
  }
  const isFree = async (): Promise<boolean> => (await command("losetup", ["--associated", diskOf(machine)], { timeout })) === "";
  if (!(await until(isFree, timeout))) throw new Error(`the disk of ${machine.name} is still in use`);
  return result;
};

const gatewayOf = (lab: Lab): string => lab.subnet.replace(/0\/24$/, "1");

/** A new disk with a guest's identity on it. Gives its line of known_hosts. */
const makeDisk = async (machine: Machine, lab: Lab, address: string): Promise<string> => {
  await mkdir(machine.directory, { recursive: true });
  await shareMounts(machine.directory);
  await command("cp", ["--sparse=always", machine.base.image, diskOf(machine)], { timeout: bootTimeout });
  const publicKey = await readFile(`${lab.identityFile}.pub`, "utf8");
  return withDisk(machine, async (root) => {
    await writeFile(join(root, "etc/machine-id"), `${randomBytes(16).toString("hex")}\n`);
    return giveIdentity(root, { name: machine.name, address, gateway: gatewayOf(lab), link: "en*", publicKey });
  });
};

/** Waits until one can log in: an emulated sshd that has much to do beside may let a client wait longer than that waits. */
const answers = async (machine: Machine, keys: Keys, address: string, parts: readonly ChildProcess[]): Promise<void> => {
  const script = "until [ ! -e /run/nologin ]; do sleep 0.2; done";
  const mayLogIn = async (): Promise<boolean> =>
    (await sshAnswers(address)) && (await runBySsh(keys, address, script, { timeout: bootTimeout })).code === 0;
  const decided = await until(async () => parts.some(isOver) || (await mayLogIn()), bootTimeout, 500);
  if (!decided || parts.some(isOver)) throw new Error(`${machine.name} (${address}) did not boot:\n${await lastWords(machine)}`);
};

/**
 * Adds a virtual machine to a lab that is up, on its bridge: one that is off. It knows the same keys as the lab's hosts, and is in its
 * known_hosts. It goes when this process ends; `cutPower` is how it is switched off, before the lab is stopped.
 * @param nth its number among the hosts: h2 is 2, its address ends with .12
 */
export const addGuest = async (lab: Lab, nth: number, log: Log = () => undefined): Promise<Guest> => {
  await ensureTools(["qemu", "nbdkit"], log);
  const name = `h${nth}`;
  const address = hostAddress({ cidr: lab.subnet, gateway: gatewayOf(lab) }, nth);
  const machine: Machine = {
    name,
    directory: join(labDirectory(lab.name), name),
    cable: `vt-${lab.name}-${name}`,
    base: await guestBase(log),
  };
  await appendFile(lab.knownHostsFile, await makeDisk(machine, lab, address));
  const parts: ChildProcess[] = [];
  const cutPower = async (): Promise<void> => {
    // The disk first: nothing that the machine still writes may get past its cache.
    for (const part of parts.splice(0)) await endNow(part);
  };
  const guest: Guest = {
    name,
    address,
    run: (script, options) => runBySsh(lab, address, script, options),
    start: async () => {
      if (parts.length > 0) throw new Error(`${name} is up already`);
      await powerOn(machine, lab.bridge, parts);
      await answers(machine, lab, address, parts);
    },
    cutPower,
    look: async (at) => {
      if (parts.length > 0) throw new Error(`${name} is up, and its disk in use`);
      return withDisk(machine, at);
    },
  };
  return guest;
};
