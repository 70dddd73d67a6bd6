import { readFileSync, readlinkSync } from "node:fs";
import type { LabHost } from "../lab/index.ts";
import { childrenOf, everyPid } from "../lab/process.ts";
import { booted } from "./booted.ts";

/** A process of a lab host, as this machine sees it. */
export interface HostProcess {
  /** On this machine. */
  readonly pid: number;
  /** Its session as the host numbers it. */
  readonly session: number;
  /** The kernel's name of it: at most 15 letters. */
  readonly name: string;
  readonly argv: readonly string[];
  /** When it started, in milliseconds since the epoch, by the kernel's clock ticks of 10 ms. */
  readonly started: number;
  readonly unit: string;
}

const ticksPerSecond = 100;

/** In milliseconds since the epoch, by what stands behind a process's name in its stat. */
const startedAt = (fields: readonly string[], boot: number): number => boot + (Number(fields[19]) * 1000) / ticksPerSecond;

/** systemd's unit of a process, by its control group; empty where it has none. */
const unitOf = (pid: number | "self"): string =>
  /name=systemd:.*\/([^/\n]+)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, "utf8"))?.[1] ?? "";

/** That of this very process, which those keep that it brings into a host's namespaces. */
export const ownUnit = (): string => unitOf("self");

const descendants = (pid: number): number[] => [pid, ...childrenOf(pid).flatMap(descendants)];

const describe = (pid: number, boot: number): HostProcess | undefined => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return {
      pid,
      session: Number(/^NSsid:.*\s(\d+)$/m.exec(status)?.[1]),
      name: stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")")),
      argv: readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1),
      started: startedAt(fields, boot),
      unit: unitOf(pid),
    };
  } catch {
    // It ended meanwhile.
    return undefined;
  }
};

/** Every process of a host: its first one and all that came of it. Looks from outside, so that looking adds none. */
export const processesOf = async (host: LabHost): Promise<HostProcess[]> => {
  const boot = booted();
  return descendants(await host.leaderPid()).flatMap((pid) => describe(pid, boot) ?? []);
};

const spaceOf = (pid: number): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
};

/** Its processes, and those that were brought into its namespaces from outside and so come of a process of this machine: kbs that is typed on it, and its scripts. */
export const allProcessesOf = async (host: LabHost): Promise<HostProcess[]> => {
  const [boot, leader] = [booted(), await host.leaderPid()];
  const space = spaceOf(leader);
  const within = everyPid().filter((pid) => spaceOf(pid) === space);
  return [...new Set([...descendants(leader), ...within])].flatMap((pid) => describe(pid, boot) ?? []);
};

/** A session whose first process has ended. */
export interface EndedSession {
  readonly session: number;
  /** Milliseconds since the epoch: who started later has only its number, which the kernel gives again. */
  readonly over: number;
}

export const endedNow = (session: number): EndedSession => ({ session, over: Date.now() });

/** The live processes of this machine that belong to a session which is over. */
export const membersOf = ({ session, over }: EndedSession): number[] => {
  const boot = booted();
  return everyPid().flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const [state, , , id] = fields;
      return Number(id) === session && state !== "Z" && startedAt(fields, boot) <= over ? [pid] : [];
    } catch {
      return [];
    }
  });
};
