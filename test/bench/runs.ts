import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { TimedEvent } from "../../src/engine/events.ts";
import { command } from "../lab/command.ts";
import { endpointName, type KubeadmArchives, type Lab, labClusterYaml, runKubeadm } from "../lab/index.ts";
import { whenReady } from "./probe.ts";

/** Milliseconds after which a run has failed. */
const limit = 10 * 60_000;

/** What the process of kbs used. */
export interface Usage {
  readonly maxRssKib: number;
  readonly cpuMs: number;
}

/** What is known of any run. */
export interface Measured {
  /** Milliseconds since the start until the cluster was ready. */
  readonly ready: number;
  /** Milliseconds of processor time that all hosts together had used by then. */
  readonly hostsCpuMs: number;
}

/** All times are milliseconds since the start of the process. */
export interface KbsRun extends Measured {
  /** When kbs itself said that it was done. */
  readonly ended: number;
  readonly events: readonly TimedEvent[];
  /** Of the process, in milliseconds since the epoch. */
  readonly started: number;
  readonly usage: Usage;
}

const root = join(import.meta.dirname, "../..");
const built = join(root, "dist/main.js");

/** Makes the kbs that a user would have, so that what is measured is what the sources say. */
export const buildKbs = async (): Promise<void> => {
  await command(process.execPath, [join(root, "scripts/build.ts")], { timeout: 120_000, cwd: root });
};

/** What a user would type, in a home of its own that knows the hosts' keys. */
const prepare = async (lab: Lab, controlPlanes: number): Promise<string> => {
  const home = await mkdtemp(join(tmpdir(), "kbs-bench-"));
  const roles = lab.hosts.map((_, nth) => [nth < controlPlanes ? "control-plane" : "worker"] as const);
  const spec = controlPlanes > 1 ? { controlPlaneEndpoint: endpointName(lab) } : {};
  await writeFile(join(home, "kbs.yaml"), labClusterYaml(lab, { roles, spec }));
  await mkdir(join(home, ".ssh"), { mode: 0o700 });
  await copyFile(lab.knownHostsFile, join(home, ".ssh/known_hosts"));
  return home;
};

/** Milliseconds of processor time that the hosts of a lab have used so far, by their control groups. */
const hostsCpu = async ({ name, hosts }: Lab): Promise<number> => {
  const used = hosts.map(async (host) => {
    const group = `kbs-lab/${name}-${host.name}`;
    const nanoseconds = await readFile(`/sys/fs/cgroup/cpuacct/${group}/cpuacct.usage`, "utf8").catch(() => undefined);
    if (nanoseconds !== undefined) return Number(nanoseconds) / 1e6;
    const stat = await readFile(`/sys/fs/cgroup/${group}/cpu.stat`, "utf8");
    return Number(/^usage_usec (\d+)$/m.exec(stat)?.[1] ?? Number.NaN) / 1000;
  });
  return (await Promise.all(used)).reduce((sum, ms) => sum + ms, 0);
};

/** Watches a run from its start. */
const watch = async (lab: Lab, controlPlanes: number, signal: AbortSignal): Promise<Measured> => {
  const started = Date.now();
  const before = await hostsCpu(lab);
  const ready = await whenReady(lab, controlPlanes, signal);
  return { ready: ready - started, hostsCpuMs: (await hostsCpu(lab)) - before };
};

/** Of what is made and its watch, which is called off when that fails. @throws why it was not made, rather than that nobody watches any more */
const both = async <Made>(making: Promise<Made>, watching: Promise<Measured>): Promise<[Made, Measured]> => {
  watching.catch(() => undefined);
  return [await making, await watching];
};

const parseEvents = (text: string): TimedEvent[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): TimedEvent => JSON.parse(line))
    .filter(({ time }) => time !== undefined);

/** One `kbs create cluster` on a new lab. */
export const measureKbs = async (lab: Lab, bundle: string, controlPlanes: number): Promise<KbsRun> => {
  const home = await prepare(lab, controlPlanes);
  try {
    const usageFile = join(home, "usage.json");
    const preload = pathToFileURL(join(import.meta.dirname, "usage.ts")).href;
    const words = ["--import", preload, built, "create", "cluster", "-f", "kbs.yaml", "--bundle", bundle, "--output", "json"];
    const env = { ...process.env, HOME: home, XDG_STATE_HOME: join(home, "state"), KBS_BENCH_USAGE: usageFile };
    const giveUp = AbortSignal.timeout(limit);
    const started = Date.now();
    const child = spawn(process.execPath, words, { cwd: home, env, stdio: ["ignore", "pipe", "pipe"], signal: giveUp });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    const failed = new AbortController();
    const ends = once(child, "close").then(([code]) => {
      if (code === 0) return Date.now();
      failed.abort();
      throw new Error(`kbs ended with code ${code}\n${stderr}\n${stdout.split("\n").slice(-5).join("\n")}`);
    });
    const [ended, measured] = await both(ends, watch(lab, controlPlanes, AbortSignal.any([failed.signal, giveUp])));
    const usage: Usage = JSON.parse(await readFile(usageFile, "utf8"));
    return { ...measured, ended: ended - started, started, events: parseEvents(stdout), usage };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
};

/** One run of the scripted kubeadm on a new lab. The archives are there; the script's own waiting is left out. */
export const measureKubeadm = async (lab: Lab, archives: KubeadmArchives, controlPlanes: number): Promise<Measured> => {
  const failed = new AbortController();
  const giveUp = AbortSignal.any([failed.signal, AbortSignal.timeout(limit)]);
  const script = runKubeadm(lab, archives, undefined, controlPlanes).catch((error: unknown) => {
    failed.abort();
    throw error;
  });
  const [, measured] = await both(script, watch(lab, controlPlanes, giveUp));
  return measured;
};
