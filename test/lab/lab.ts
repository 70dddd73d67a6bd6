import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { baseRoot } from "./base.ts";
import type { Log } from "./cache.ts";
import { defaultMinor, type KubernetesMinor } from "./go-recipes.ts";
import { containerOf, createDisk, type LabHost, openHost } from "./host.ts";
import { raiseKernelLimits } from "./kernel-limits.ts";
import { withLock } from "./lock.ts";
import { bridgeOf, createBridge, networksInUse, removeBridge } from "./network.ts";
import { killContainer } from "./nspawn.ts";
import { unmountBelow } from "./overlay.ts";
import { stateDirectory } from "./paths.ts";
import { preparedLayer } from "./prepared.ts";
import { identify, isAlive } from "./process.ts";
import { keysIn, makeKey } from "./ssh.ts";
import { checkLabName, type Flavour, type LabRecord, labDirectory, labNames, readRecord, writeRecord } from "./state.ts";
import { chooseSubnet, hostAddress } from "./subnet.ts";
import { requireLab } from "./support.ts";
import { ensureTools } from "./tools.ts";

/** A set of hosts on a bridge of their own. */
export interface Lab {
  readonly name: string;
  readonly flavour: Flavour;
  /** The Kubernetes of prepared hosts, and of the configurations that the lab writes. */
  readonly kubernetes: KubernetesMinor;
  /** h1, h2 and so on. */
  readonly hosts: readonly LabHost[];
  readonly bridge: string;
  /** In CIDR form. This machine has its .1, the hosts .11 and so on. */
  readonly subnet: string;
  /** The private key which root, admin (sudo without password) and carol (sudo with `carolPassword`) accept on every host. */
  readonly identityFile: string;
  readonly knownHostsFile: string;
  /** Kills the hosts and removes everything of the lab. */
  stop(): Promise<void>;
}

export interface LabOptions {
  readonly hosts: number;
  /** bare when not told. */
  readonly flavour?: Flavour;
  /** The minor whose release the lab builds; 1.36 when not told. */
  readonly kubernetes?: KubernetesMinor;
  /** Hosts have addresses of IPv6 beside those of IPv4, and a way out for both. */
  readonly ipv6?: boolean;
  /** At most 8 letters and digits; one not in use when not told. */
  readonly name?: string;
  /** The lab stays when this process ends. Otherwise the next start of any lab removes it. */
  readonly keep?: boolean;
  readonly log?: Log;
}

const mostHosts = 99;

const openRecord = (record: LabRecord): Lab => ({
  name: record.name,
  flavour: record.flavour,
  kubernetes: record.kubernetes,
  hosts: record.hosts.map((host) => openHost(record, host)),
  bridge: bridgeOf(record.name),
  subnet: record.subnet.cidr,
  ...keysIn(labDirectory(record.name)),
  stop: () => removeLab(record.name),
});

/** A lab that was started before; undefined when there is none of that name. */
export const openLab = async (name: string): Promise<Lab | undefined> => {
  const record = await readRecord(name);
  return record && openRecord(record);
};

/**
 * Removes a lab and all that it has on this machine: processes, interfaces, mounts, control groups, files. Also what is left of one
 * whose start or stop was cut off.
 * Its disks go too, so the hosts are not shut down in good order but killed.
 */
export const removeLab = async (name: string): Promise<void> => {
  checkLabName(name);
  const directory = labDirectory(name);
  const entries = existsSync(directory) ? await readdir(directory, { withFileTypes: true }) : [];
  const containers = entries.flatMap((entry) => (entry.isDirectory() ? containerOf(name, entry.name) : []));
  await Promise.all(containers.map(killContainer));
  await unmountBelow(directory);
  await removeBridge(bridgeOf(name));
  await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
};

const isLeftover = (record: LabRecord | undefined): boolean => !record || (record.owner !== null && !isAlive(record.owner));

const freeName = (taken: readonly string[]): string => {
  for (let nth = process.pid % 10_000; ; nth += 1) if (!taken.includes(`t${nth}`)) return `t${nth}`;
};

/** Claims a name and a subnet, under a lock that all labs of this machine share; labs whose process has died go first. */
const claim = async (options: LabOptions, lower: readonly string[], log: Log): Promise<LabRecord> => {
  const labs: LabRecord[] = [];
  for (const name of await labNames()) {
    const record = await readRecord(name);
    if (record && !isLeftover(record)) labs.push(record);
    else {
      log(`removing what is left of the lab ${name}`);
      await removeLab(name);
    }
  }
  const name = options.name ?? freeName(labs.map((lab) => lab.name));
  if (labs.some((lab) => lab.name === name)) throw new Error(`the lab ${name} is up: "npm run lab -- down --name ${name}" removes it`);
  const subnet = chooseSubnet([...(await networksInUse()), ...labs.map((lab) => lab.subnet.cidr)]);
  const hosts = Array.from({ length: options.hosts }, (_, index) => ({ name: `h${index + 1}`, address: hostAddress(subnet, index + 1) }));
  // While it starts, a lab is its process's in any case: one that was killed half-way is a leftover.
  const owner = identify(process.pid) ?? null;
  const record = {
    name,
    flavour: options.flavour ?? "bare",
    kubernetes: options.kubernetes ?? defaultMinor,
    subnet,
    ...(options.ipv6 && { ipv6: true }),
    lower,
    hosts,
    owner,
  } as const;
  await writeRecord(record);
  return record;
};

const boot = async (record: LabRecord): Promise<Lab> => {
  const { identityFile, knownHostsFile } = keysIn(labDirectory(record.name));
  await createBridge(bridgeOf(record.name), record.subnet, record.ipv6);
  await makeKey(identityFile, `lab ${record.name}`);
  const knownHosts = await Promise.all(record.hosts.map((host) => createDisk(record, host)));
  await writeFile(knownHostsFile, knownHosts.join(""));
  const lab = openRecord(record);
  await Promise.all(lab.hosts.map((host) => host.start()));
  return lab;
};

/**
 * Boots a lab and waits until every host answers ssh. What its hosts are made of is built first when it is not in the cache.
 * @throws Error when this machine cannot have a lab, the name is in use, or a host does not come up; then nothing of it stays.
 */
export const startLab = async (options: LabOptions): Promise<Lab> => {
  const log = options.log ?? (() => undefined);
  requireLab();
  if (options.name !== undefined) checkLabName(options.name);
  if (!Number.isInteger(options.hosts) || options.hosts < 1 || options.hosts > mostHosts)
    throw new RangeError(`a lab has 1 to ${mostHosts} hosts`);
  await ensureTools(["nspawn", "ip", "ssh", "iptables"], log);
  await raiseKernelLimits();
  const base = await baseRoot(log);
  const lower = options.flavour === "prepared" ? [await preparedLayer(log, options.kubernetes), base] : [base];
  await mkdir(stateDirectory(), { recursive: true, mode: 0o700 });
  const lock = join(stateDirectory(), ".lock");
  const record = await withLock(
    lock,
    120_000,
    () => log("another lab is starting, waiting for it"),
    () => claim(options, lower, log),
  );
  try {
    const lab = await boot(record);
    if (options.keep) await writeRecord({ ...record, owner: null });
    return lab;
  } catch (error) {
    await removeLab(record.name);
    throw error;
  }
};
