import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isControlPlane } from "../config/roles.ts";
import type { Cluster, ClusterHost } from "../config/types.ts";
import { type ApiEvidence, askApi } from "../diagnose/api.ts";
import { type ArchiveFile, writeArchive } from "../diagnose/archive.ts";
import { askHost } from "../diagnose/ask-host.ts";
import { archiveFiles, findingsJson } from "../diagnose/contents.ts";
import type { Evidence, HostEvidence } from "../diagnose/evidence.ts";
import { clean } from "../diagnose/explain.ts";
import { judge } from "../diagnose/judge.ts";
import { redactDeep } from "../diagnose/redact.ts";
import { keptRuns } from "../engine/progress/kept-runs.ts";
import { type PkiFilesFact, pkiFiles, readFact } from "../facts/index.ts";
import { UserError } from "../shared/errors.ts";
import { connectFleet, type Fleet } from "./fleet/connect.ts";
import { openApi } from "./fleet/open-api.ts";
import type { ActionOutcome, FleetOptions } from "./options.ts";
import { worstExit } from "./outcome.ts";
import { chosenNames, readCluster } from "./survey.ts";
import { onEachHost } from "./told-phase.ts";

export interface DiagnoseOptions extends FleetOptions {
  /** Where the archive is written; default `<cluster>-diagnose-<time>.tar.gz` in the working directory. */
  readonly out?: string;
  /** Of kbs. */
  readonly version: string;
}

export type Diagnosis = ReturnType<typeof findingsJson> & {
  /** Path of the archive. */
  readonly archive: string;
};

/** Bytes of a run's log that go into the archive: of longer ones the end. */
const mostOfLog = 2_000_000;

/** Asks every host at once, within bounds; one that does not answer is named, and stops nobody. */
const askHosts = async (cluster: Cluster, hosts: readonly ClusterHost[], fleet: Fleet, options: FleetOptions) => {
  const answered: HostEvidence[] = [];
  const reached = hosts.filter(({ name }) => fleet.doors.has(name));
  const failures = await onEachHost(reached, { phase: "diagnose", title: "Ask for evidence" }, options, async (host) => {
    const door = fleet.doors.get(host.name);
    if (door) answered.push(await askHost(cluster, host, door, options.signal));
  });
  const silent = new Map([...fleet.failures, ...failures].map(([name, { message }]) => [name, message]));
  const inOrder = hosts.flatMap(({ name }) => answered.find(({ host }) => host.name === name) ?? []);
  return { hosts: inOrder, silent };
};

/** The administrator's kubeconfig of the first control plane that has one, for asking the API. Its keys stay in memory. */
const readPki = async (fleet: Fleet, hosts: readonly ClusterHost[], signal: AbortSignal): Promise<ReadonlyMap<string, PkiFilesFact>> => {
  const questions = [pkiFiles.question];
  for (const { name } of hosts.filter(isControlPlane)) {
    const reply = await fleet.doors
      .get(name)
      ?.send({ kind: "ask", questions }, { signal, timeout: 30_000 })
      .catch(() => signal.throwIfAborted());
    const found = reply && readFact(pkiFiles, questions, reply.records);
    if (found && found.size > 0) return new Map([[name, found]]);
  }
  return new Map();
};

const askServer = async (
  cluster: Cluster,
  fleet: Fleet,
  options: FleetOptions,
): Promise<{ readonly api: ApiEvidence } | { readonly apiSilence: string }> => {
  try {
    const kube = openApi({ cluster, fleet, pkiFound: await readPki(fleet, cluster.hosts, options.signal) }, options);
    try {
      return { api: await askApi(kube, cluster, options.signal) };
    } finally {
      kube.close();
    }
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof UserError) return { apiSilence: error.message };
    throw error;
  }
};

/** Log and events of the newest run on this cluster that this operator's machine remembers. */
const newestRun = (cluster: Cluster): readonly ArchiveFile[] => {
  try {
    const [newest] = keptRuns(process.env).filter((run) => run.cluster === cluster.name);
    if (newest === undefined) return [];
    const files = [newest.path, newest.path.replace(/\.ndjson$/, ".log")].filter((path) => existsSync(path));
    return files.map((path) => ({ name: `run/${path.split("/").at(-1)?.slice(-80)}`, text: readFileSync(path, "utf8").slice(-mostOfLog) }));
  } catch (error) {
    return [{ name: "run/unreadable.txt", text: `${error instanceof Error ? error.message : String(error)}\n` }];
  }
};

const stamp = (now: Date): string =>
  now
    .toISOString()
    .replaceAll(/[-:]|\..*/g, "")
    .replace("T", "-");

/**
 * Asks all hosts and the API for evidence, has the rules name likely causes, and writes all of it into one archive without a secret. Changes
 * nothing on any host. Exit "unreachable" when a host did not answer, "phase" when a cause was found or the API does not answer.
 */
export const diagnose = async (options: DiagnoseOptions): Promise<{ readonly outcome: ActionOutcome; readonly diagnosis: Diagnosis }> => {
  const cluster = await readCluster(options);
  const chosen = chosenNames(cluster, options.limit);
  const hosts = cluster.hosts.filter(({ name }) => chosen.has(name));
  // The API is asked through a control plane, chosen or not.
  const doors = cluster.hosts.filter((host) => chosen.has(host.name) || host === cluster.hosts.find(isControlPlane));
  const { bus } = options;
  bus.emit({
    type: "run-started",
    run: randomUUID(),
    command: options.command,
    cluster: cluster.name,
    hosts: hosts.map(({ name }) => name),
  });
  const fleet = await connectFleet(doors, options);
  try {
    const [answers, server] = await Promise.all([askHosts(cluster, hosts, fleet, options), askServer(cluster, fleet, options)]);
    const evidence: Evidence = { cluster, ...answers, ...server };
    const told = { version: options.version, now: new Date(), findings: judge(evidence).map(clean) };
    const archive = resolve(options.out ?? `${cluster.name}-diagnose-${stamp(told.now)}.tar.gz`);
    await writeArchive(archive, archiveFiles(evidence, { ...told, run: newestRun(cluster) }));
    const isNew = evidence.hosts.every(({ facts }) => facts.ownership === undefined);
    const isWell = told.findings.length === 0 && (evidence.api !== undefined || isNew);
    const exit = worstExit([answers.silent.size > 0 ? "unreachable" : "done", isWell ? "done" : "phase"]);
    return { outcome: { exit, changed: 0, next: [] }, diagnosis: { ...redactDeep(findingsJson(evidence, told)), archive } };
  } finally {
    await fleet.close();
  }
};
