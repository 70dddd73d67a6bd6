import { type BlobRef, blobsOf, type Change } from "../../changes/change.ts";
import type { FoundFiles } from "../../facts/file-contents.ts";
import { type Foreseen, type ForeseenUnit, notCompared, type Seen } from "../foresee.ts";
import type { Restart } from "../predict.ts";
import { unifiedDiff } from "./diff.ts";

/** One thing that would be changed. */
export interface PlannedChange {
  /** Its id, or what an act calls it. */
  readonly change: string;
  readonly kind: Change["kind"] | "act";
  /** What differs, a line each. */
  readonly why: string;
  /** Nothing is there yet. */
  readonly isNew: boolean;
  /** It differs only because of these other changes. */
  readonly consequence: boolean;
  /** Of a file whose content may be shown: the lines of a unified diff. */
  readonly diff?: readonly string[];
  /** Of a file that is not there yet: how many lines it will have. */
  readonly lines?: number;
}

/** A phase on a host with something to do. */
export interface PlannedUnit {
  readonly key: string;
  readonly phase: string;
  readonly title: string;
  readonly host: string;
  /** Keys of the nearest units of this plan which must be done, or have ended, before: all others may overlap. */
  readonly after: readonly string[];
  readonly changes: readonly PlannedChange[];
  /** Title of the phase after which more is known. */
  readonly knownAfter?: string;
}

/** What it costs a host. */
export interface PlannedHost {
  readonly host: string;
  /** Changes on the host itself. */
  readonly changes: number;
  /** Bytes of binaries and images that it lacks, compressed as they travel; what an interrupted run has staged counts again. */
  readonly bytes: number;
  readonly restarts: readonly Restart[];
}

/** All that an apply would do. */
export interface Plan {
  readonly cluster: string;
  readonly file: string;
  /** No host belongs to the cluster yet. */
  readonly isNew: boolean;
  /** In the order in which they may begin. */
  readonly units: readonly PlannedUnit[];
  readonly hosts: readonly PlannedHost[];
  readonly changes: number;
  /** Members that are changed one group after another, each proven healthy before the next. */
  readonly rolling: readonly (readonly string[])[];
  /** What an interrupted run has left to do, where nothing else is to be changed. */
  readonly unfinished: readonly string[];
  /** What is not ready. */
  readonly waits: readonly string[];
}

interface PlanInput<Context> {
  readonly cluster: string;
  readonly file: string;
  readonly isNew: boolean;
  readonly foreseen: Foreseen<Context>;
  /** What is on the hosts where something differs, by host; absent where nobody will look at differences of files. */
  readonly contents?: ReadonlyMap<string, FoundFiles>;
}

const isFollower = ({ wish }: Seen): boolean => wish?.kind === "command" && wish.follows === true;

/** Whether an apply would count it as a change. */
const isChange = (seen: Seen): boolean => !isFollower(seen) && (seen.differs !== "" || seen.consequence !== undefined);

const isText = (content: string | Buffer): boolean => !Buffer.from(content).includes(0);

type Differences = (wish: Change | undefined, differs: string) => Pick<PlannedChange, "diff" | "lines">;

const differencesFrom =
  (found: FoundFiles | undefined): Differences =>
  (wish, differs) => {
    if (wish?.kind !== "file" || wish.secret || !isText(wish.content)) return {};
    const text = wish.content.toString();
    if (differs === "absent") return { diff: unifiedDiff("", text), lines: text.split("\n").length - 1 };
    const before = found?.get(wish.path)?.content;
    return before === undefined ? {} : { diff: unifiedDiff(before, text) };
  };

const noDifferences: Differences = () => ({});

const toChange = (seen: Seen, isNewCluster: boolean, differences: Differences): PlannedChange => ({
  change: seen.change,
  kind: seen.kind,
  isNew: seen.differs === "absent" || (isNewCluster && seen.differs === notCompared),
  why: seen.differs === "" ? (seen.consequence ?? "") : seen.wish?.kind === "made" ? (seen.wish.reason ?? seen.differs) : seen.differs,
  consequence: seen.differs === "",
  ...differences(seen.wish, seen.differs),
});

/** A function that answers each question once. */
const once = <T>(answer: (key: string) => T): ((key: string) => T) => {
  const known = new Map<string, T>();
  return (key) => {
    const found = known.get(key) ?? answer(key);
    known.set(key, found);
    return found;
  };
};

/** What a unit stands behind, less what stands behind another of these, and less units with nothing to do. */
const afterOf = <Context>(units: readonly ForeseenUnit<Context>[], busy: ReadonlySet<string>) => {
  const byKey = new Map(units.map((foreseen) => [foreseen.unit.key, foreseen.unit]));
  const nearest = once((key): ReadonlySet<string> => {
    const unit = byKey.get(key);
    const needs = [...(unit?.needsDone ?? []), ...(unit?.needsEnded ?? [])];
    return new Set(needs.flatMap((need) => (busy.has(need) ? [need] : [...nearest(need)])));
  });
  const reach = once((key): ReadonlySet<string> => new Set([...nearest(key)].flatMap((need) => [need, ...reach(need)])));
  return (key: string): readonly string[] => {
    const direct = [...nearest(key)];
    const behind = new Set(direct.flatMap((need) => [...reach(need)]));
    return direct.filter((need) => !behind.has(need));
  };
};

const isBusy = <Context>({ seen, knownAfter }: ForeseenUnit<Context>): boolean => knownAfter !== undefined || seen.some(isChange);

/** As staging would send them: each blob once. */
const bytesFor = (seen: readonly Seen[]): number => {
  const blobs = seen
    .filter(isChange)
    .flatMap(({ wish }): readonly BlobRef[] => (wish === undefined || wish.kind === "object" ? [] : blobsOf(wish)));
  return [...new Map(blobs.map((blob) => [blob.digest, blob.size])).values()].reduce((sum, size) => sum + size, 0);
};

const isOnHost = ({ kind }: Seen): boolean => kind !== "object" && kind !== "act";

/** Puts into words' order what a check reading has found. `rolling` is left to who knows which hosts are alive. */
export const planOf = <Context>({ cluster, file, isNew, foreseen, contents }: PlanInput<Context>): Omit<Plan, "rolling"> => {
  const busy = foreseen.units.filter(isBusy);
  const after = afterOf(foreseen.units, new Set(busy.map(({ unit }) => unit.key)));
  const units = busy.map(({ unit, seen, knownAfter }): PlannedUnit => {
    const differences = contents ? differencesFrom(contents.get(unit.host)) : noDifferences;
    const changes = seen.filter(isChange).map((one) => toChange(one, isNew, differences));
    const { key, host, phase } = unit;
    return { key, phase: phase.id, title: phase.title, host, after: after(key), changes, ...(knownAfter !== undefined && { knownAfter }) };
  });
  const byHost = Map.groupBy(foreseen.units, ({ unit }) => unit.host);
  const hosts = [...byHost].map(([host, own]): PlannedHost => {
    const seen = own.flatMap((one) => one.seen);
    const changed = seen.filter((one) => isOnHost(one) && isChange(one));
    return { host, changes: changed.length, bytes: bytesFor(seen), restarts: foreseen.predictions.get(host)?.restarts ?? [] };
  });
  const idle = new Set(hosts.filter(({ changes }) => changes === 0).map(({ host }) => host));
  const left = foreseen.units.flatMap(({ unit, seen }) =>
    idle.has(unit.host) ? seen.filter((one) => isFollower(one) && one.differs !== "").map(() => `${unit.phase.title} on ${unit.host}`) : [],
  );
  const changes = units.reduce((sum, unit) => sum + unit.changes.length, 0);
  // Several hosts may wait for one and the same.
  const waits = [...new Set(foreseen.units.flatMap((unit) => unit.waits))];
  return { cluster, file, isNew, units, hosts, changes, unfinished: left, waits };
};

/** Whether an apply would have anything to change, as far as can be known. */
export const isPending = ({ units, unfinished }: Pick<Plan, "units" | "unfinished">): boolean => units.length > 0 || unfinished.length > 0;
