import type { Host } from "../changes/host.ts";
import type { Cluster, ClusterHost } from "../config/types.ts";
import { pause } from "../kube/patience.ts";
import type { Kube } from "../kube/types.ts";
import { UserError } from "../shared/errors.ts";
import { askApi } from "./api.ts";
import { askHost } from "./ask-host.ts";
import type { Evidence, HostEvidence } from "./evidence.ts";
import { judge } from "./judge.ts";
import { redact } from "./redact.ts";
import type { Finding } from "./rule.ts";

/** Milliseconds that a wait which has failed may take to learn why. */
const within = 60_000;
/** Hosts that are asked: of hundreds that wait for the same thing, some say why. */
const most = 12;
/** Causes that an error tells. */
const told = 3;

export interface Witnesses {
  readonly cluster: Cluster;
  readonly hosts: readonly ClusterHost[];
  readonly door: (host: string) => Host;
  /** The API, where there is one by then. */
  readonly kube?: Kube;
}

/** Of a finding what an error shows of it, without secrets. */
export const clean = (finding: Finding): Finding => ({
  ...finding,
  cause: redact(finding.cause),
  remedy: redact(finding.remedy),
  seen: finding.seen.map(redact),
});

const gather = async ({ cluster, hosts, door, kube }: Witnesses, signal: AbortSignal): Promise<Evidence> => {
  const silent = new Map<string, string>();
  const ask = async (host: ClusterHost): Promise<readonly HostEvidence[]> => {
    try {
      return [await askHost(cluster, host, door(host.name), signal)];
    } catch (error) {
      silent.set(host.name, error instanceof Error ? error.message : String(error));
      return [];
    }
  };
  const [answers, api] = await Promise.all([
    Promise.all(hosts.slice(0, most).map(ask)),
    kube === undefined ? undefined : askApi(kube, cluster, signal).catch(() => undefined),
  ]);
  return { cluster, hosts: answers.flat(), silent, ...(api && { api }) };
};

const sentence = ({ host, cause }: Finding): string => `${host === undefined ? "" : `on ${host}: `}${cause}`;

const details = (findings: readonly Finding[]): string =>
  findings.flatMap((finding) => [sentence(finding), ...finding.seen.map((line) => `  ${line}`)]).join("\n");

/** Hosts that the error names come first. */
const accusedFirst = ({ message }: UserError, hosts: readonly ClusterHost[]): readonly ClusterHost[] =>
  hosts.toSorted((a, b) => Number(message.includes(b.name)) - Number(message.includes(a.name)));

const causesOf = async (witnesses: Witnesses, signal: AbortSignal): Promise<readonly Finding[]> => {
  const evidence = await gather(witnesses, AbortSignal.any([signal, AbortSignal.timeout(within)]));
  return judge(evidence).map(clean);
};

const because = (error: UserError, findings: readonly Finding[]): UserError => {
  const shown = findings.slice(0, told);
  const [first] = shown;
  if (first === undefined) return error;
  return new UserError(error.message, {
    ...error.details,
    output: details(shown),
    probably: sentence(first),
    hint: `${first.remedy}; then run the same command again`,
  });
};

/**
 * The error of a wait that has failed, with the causes that the rules find on the hosts it waited for. Where they find none, or the hosts do
 * not answer, the error as it was. Never throws.
 */
export const explained = async (error: UserError, witnesses: Witnesses, signal: AbortSignal): Promise<UserError> => {
  if (signal.aborted) return error;
  try {
    const found = await causesOf({ ...witnesses, hosts: accusedFirst(error, witnesses.hosts) }, signal);
    return because(
      error,
      found.filter(({ certainty }) => certainty !== "possible"),
    );
  } catch {
    return error;
  }
};

/** Waits; a wait that fails tells the causes that the rules find. @throws what the wait throws */
export const explaining = async <T>(witnesses: Witnesses, signal: AbortSignal, wait: () => Promise<T>): Promise<T> => {
  try {
    return await wait();
  } catch (error) {
    throw error instanceof UserError ? await explained(error, witnesses, signal) : error;
  }
};

/** Milliseconds of a wait before the first question why, and between two of them. */
const patience = 40_000;

/** Rules whose causes no time cures. */
const incurable: readonly string[] = [
  "component-flag",
  "port-taken",
  "disk-full",
  "etcd-other-cluster",
  "kubelet-config",
  "runtime-config",
  "swap",
];

/** Asks why, again and again. Resolves once the rules are certain, twice in a row, of the same cause that waiting does not cure. */
const hopeless = async (witnesses: Witnesses, signal: AbortSignal, every: number): Promise<readonly Finding[]> => {
  for (let before: readonly string[] = []; ; ) {
    await pause(every, signal);
    const found = (await causesOf(witnesses, signal).catch(() => [])).filter(
      ({ rule, certainty }) => certainty === "certain" && incurable.includes(rule),
    );
    const again = found.filter(({ rule }) => before.includes(rule));
    if (again.length > 0) return again;
    before = found.map(({ rule }) => rule);
  }
};

/**
 * Waits for as long as there is hope, and tells causes as `explaining` does.
 * @param what the awaited, in words: "waiting for the API server"
 * @param every milliseconds before the first question why, and between two
 * @throws what the wait throws; UserError when the rules know that it is in vain
 */
export const whileHopeful = async <T>(
  what: string,
  witnesses: Witnesses,
  signal: AbortSignal,
  wait: (signal: AbortSignal) => Promise<T>,
  every = patience,
): Promise<T> => {
  const done = new AbortController();
  const either = AbortSignal.any([signal, done.signal]);
  const giveUp = (findings: readonly Finding[]): void =>
    done.abort(because(new UserError(`${what}: given up, since waiting does not help`, { exit: "phase" }), findings));
  void hopeless(witnesses, either, every).then(giveUp, () => undefined);
  try {
    return await wait(either);
  } catch (error) {
    if (done.signal.aborted || !(error instanceof UserError)) throw error;
    throw await explained(error, witnesses, signal);
  } finally {
    done.abort();
  }
};
