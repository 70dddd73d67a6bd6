import { isEtcdHost } from "../../config/roles.ts";
import { pkiFilesOf, readFact } from "../../facts/index.ts";
import { kubernetes } from "../../facts/kubernetes.ts";
import type { ClusterPhase } from "../../phases/context.ts";
import { proveHealthOf } from "../../phases/prove-health.ts";
import { UserError } from "../../shared/errors.ts";
import { leadingControlPlane } from "../leading.ts";
import { refuseRestart } from "../restart-quorum.ts";
import type { Survey } from "../survey.ts";
import { createPhases } from "./create-phases.ts";
import type { Prepared } from "./foresee.ts";
import { type RunOptions, runOnFleet } from "./run-cluster.ts";

/** For the whole cluster: left to the last run, which has all hosts. */
const leftOut: ReadonlySet<string> = new Set([
  "apply-addons",
  "apply-dns",
  "make-addon-certificates",
  "apply-extra-addons",
  "offer-token",
  "wait-ready",
  "forget-token",
  "delete-tokens",
]);

const groupPhases = (unready: ReadonlySet<string>): readonly ClusterPhase[] => [
  ...createPhases.filter(({ id }) => !leftOut.has(id)),
  proveHealthOf(unready),
];

/**
 * A host's certificates after it was changed: what was made anew is kept by the next run. Of one that runs etcd alone also its member, which may have joined
 * in its turn.
 */
const readAgain = async (found: Survey, hosts: readonly string[], signal: AbortSignal): Promise<Survey> => {
  const [pkiFound, facts] = [new Map(found.pkiFound), new Map(found.facts)];
  const pkiFiles = pkiFilesOf(found.cluster);
  const questions = [pkiFiles.question, kubernetes.question];
  for (const host of hosts.filter((name) => pkiFound.has(name))) {
    const reply = await found.fleet.doors.get(host)?.send({ kind: "ask", questions }, { signal, timeout: 60_000 });
    const files = readFact(pkiFiles, questions, reply?.records ?? []);
    const now = readFact(kubernetes, questions, reply?.records ?? []);
    if (!files || !now)
      throw new UserError("the files below /etc/kubernetes could not be read again", { exit: "phase", host, hint: "run again" });
    pkiFound.set(host, files);
    const known = facts.get(host);
    if (known && found.cluster.hosts.some((one) => one.name === host && isEtcdHost(one))) facts.set(host, { ...known, kubernetes: now });
  }
  return { ...found, pkiFound, facts };
};

export interface Turns {
  /** Names of hosts, group after group. */
  readonly groups: readonly (readonly string[])[];
  /** Of these hosts nobody asks that a change makes their nodes ready, as they were not known to be so before. */
  readonly unready: ReadonlySet<string>;
}

export interface Rolled {
  /** The fleet as it is now, for the last run. */
  readonly found: Survey;
  readonly changed: number;
  /** Absent when all went well. */
  readonly failure?: UserError;
}

const list = (names: readonly string[]): string => (names.length === 0 ? "none" : names.join(", "));

const refused = (groups: readonly (readonly string[])[], nth: number, cause: UserError): UserError =>
  new UserError(`${list(groups[nth] ?? [])} cannot be changed now: ${cause.message}`, {
    ...cause.details,
    output: [`changed and healthy: ${list(groups.slice(0, nth).flat())}`, `not touched: ${list(groups.slice(nth).flat())}`].join("\n"),
    cause,
  });

const stopped = (groups: readonly (readonly string[])[], nth: number, cause: UserError | undefined): UserError => {
  const [done, group, rest] = [groups.slice(0, nth).flat(), groups[nth] ?? [], groups.slice(nth + 1).flat()];
  const why = cause === undefined ? "it did not become healthy" : cause.message;
  return new UserError(`changing ${list(group)} did not end well, so no other host was touched: ${why}`, {
    exit: cause?.exit ?? "phase",
    output: [
      ...(cause?.details.output === undefined ? [] : [cause.details.output.trimEnd()]),
      `changed and healthy: ${list(done)}`,
      `begun: ${list(group)}`,
      `not touched: ${list(rest)}, and whatever is to be done for the whole cluster`,
    ].join("\n"),
    ...(cause?.details.probably !== undefined && { probably: cause.details.probably }),
    hint: `mend ${list(group)}, or take the change back in the file; then run the same command again`,
    ...(cause && { cause }),
  });
};

/**
 * Changes members group after group, each proven healthy before the next one is touched: one that does not come back stops the rest,
 * as does an etcd that would lose its majority.
 * Runs under the leases of all.
 */
export const roll = async (prepared: Prepared, { groups, unready }: Turns, options: RunOptions): Promise<Rolled> => {
  let { found } = prepared;
  const first = leadingControlPlane(
    found.cluster.hosts.filter(({ name }) => prepared.fit.has(name)),
    found.facts,
  );
  let changed = 0;
  for (const [nth, group] of groups.entries()) {
    const refusal = await refuseRestart(found, group, options.signal);
    if (refusal) return { found, changed, failure: refused(groups, nth, refusal) };
    const narrowed: Prepared = {
      ...prepared,
      found: { ...found, chosen: new Set(group) },
      fit: new Set([...(first ? [first.name] : []), ...group]),
    };
    const { result } = await runOnFleet(narrowed, groupPhases(unready), options);
    changed += result.changed;
    options.signal.throwIfAborted();
    if (result.failures.length > 0) return { found, changed, failure: stopped(groups, nth, result.failures[0]?.error) };
    found = await readAgain(found, group, options.signal);
  }
  return { found, changed };
};
