import type { Host } from "../changes/host.ts";
import type { Cluster, ClusterHost } from "../config/types.ts";
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

/**
 * The error of a wait that has failed, with the causes that the rules find on the hosts it waited for. Where they find none, or the hosts do
 * not answer, the error as it was. Never throws.
 */
export const explained = async (error: UserError, witnesses: Witnesses, signal: AbortSignal): Promise<UserError> => {
  if (signal.aborted) return error;
  const hosts = accusedFirst(error, witnesses.hosts);
  try {
    const evidence = await gather({ ...witnesses, hosts }, AbortSignal.any([signal, AbortSignal.timeout(within)]));
    const findings = judge(evidence)
      .filter(({ certainty }) => certainty !== "possible")
      .slice(0, told)
      .map(clean);
    const [first] = findings;
    if (first === undefined) return error;
    return new UserError(error.message, {
      ...error.details,
      output: details(findings),
      probably: sentence(first),
      hint: `${first.remedy}; then run the same command again`,
    });
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
