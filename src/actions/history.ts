import { readFact } from "../facts/index.ts";
import { type HolderFact, holder, type JournalFact, type JournalWord, journal, type RunRecord } from "../facts/journal.ts";
import { UserError } from "../shared/errors.ts";
import { askFleet } from "./fleet/ask-fleet.ts";
import { connectFleet } from "./fleet/connect.ts";
import type { ActionOutcome, FleetOptions } from "./options.ts";
import { worstExit } from "./outcome.ts";
import { chosenNames, readCluster } from "./survey.ts";

/** How a run ended on a host: "running" while it holds the host; "cut off" when nobody could say an end. */
export type HistoryEnd = "done" | "failed" | "interrupted" | "running" | "cut off";

/** One change of a run on a host, in the order in which it was begun. */
export interface HistoryChange {
  readonly change: string;
  /** The last word on it of this run. */
  readonly state: JournalWord;
  /** ISO 8601. */
  readonly time: string;
  /** What was there before kbs came: its kind, never its content. Absent once it was given back. */
  readonly before?: string;
}

export interface HistoryHost {
  readonly host: string;
  readonly end: HistoryEnd;
  /** How many changes it has begun, and what was the last word on each. */
  readonly begun: number;
  readonly done: number;
  readonly left: number;
  readonly undone: number;
  /** Begun, and nothing after that: maybe half made. */
  readonly open: number;
  /** Only of a run that was asked for by name. */
  readonly changes?: readonly HistoryChange[];
}

export interface HistoryRun extends Omit<RunRecord, "end" | "started"> {
  /** ISO 8601; of a run that has left no record, its first line in a journal. */
  readonly started: string;
  readonly hosts: readonly HistoryHost[];
}

export interface History {
  readonly cluster: string;
  /** Newest first. */
  readonly runs: readonly HistoryRun[];
  /** Hosts that gave no answer, and why. */
  readonly silent: readonly { readonly host: string; readonly problem: string }[];
}

export interface HistoryOptions extends FleetOptions {
  /** How many runs, the newest. */
  readonly most: number;
  /** A run's id, or how it begins: its changes are told then. */
  readonly run?: string;
}

/** What one host knows. */
export interface HostHistory {
  readonly journal: JournalFact;
  readonly holder: HolderFact | undefined;
}

const ends: readonly HistoryEnd[] = ["done", "failed", "interrupted"];

const endOf = ({ run, end }: RunRecord, held: HolderFact | undefined): HistoryEnd =>
  ends.find((how) => how === end?.how) ?? (held?.run === run && held.alive ? "running" : "cut off");

const changesOf = ({ lines, before }: JournalFact, run: string): readonly HistoryChange[] => {
  const changes = new Map<string, HistoryChange>();
  for (const { run: by, word, time, change } of lines) {
    if (by !== run) continue;
    const kind = before.get(change);
    changes.set(change, { change, state: word, time, ...(kind !== undefined && { before: kind }) });
  }
  return [...changes.values()];
};

const hostOf = (host: string, record: RunRecord, { journal: known, holder: held }: HostHistory): HistoryHost => {
  const changes = changesOf(known, record.run);
  const count = (state: JournalWord): number => changes.filter((change) => change.state === state).length;
  const open = count("begun");
  const begun = new Set(known.lines.flatMap(({ run, word, change }) => (run === record.run && word === "begun" ? [change] : []))).size;
  const numbers = { begun, done: count("done"), left: count("left"), undone: count("undone"), open };
  return { host, end: endOf(record, held), ...numbers, changes };
};

/** Every run of which any host knows, newest first, with all its changes. */
const runsOf = (hosts: ReadonlyMap<string, HostHistory>): readonly HistoryRun[] => {
  const found = new Map<string, HistoryRun>();
  for (const [host, known] of hosts) {
    const recorded = new Set(known.journal.runs.map(({ run }) => run));
    const others = [...new Set(known.journal.lines.map(({ run }) => run))]
      .filter((run) => !recorded.has(run))
      .map((run): RunRecord => ({ run }));
    for (const record of [...known.journal.runs, ...others]) {
      const { end: _end, ...rest } = record;
      const started = record.started ?? known.journal.lines.find(({ run }) => run === record.run)?.time ?? "";
      const before = found.get(record.run);
      found.set(record.run, {
        ...rest,
        started: before?.started ?? started,
        hosts: [...(before?.hosts ?? []), hostOf(host, record, known)],
      });
    }
  }
  return [...found.values()].toSorted((a, b) => (a.started < b.started ? 1 : -1));
};

const chosenRun = (runs: readonly HistoryRun[], wanted: string): HistoryRun => {
  const [found, another] = runs.filter(({ run }) => run.startsWith(wanted));
  if (found === undefined)
    throw new UserError(`no host knows of a run ${wanted}`, { hint: "kbs history lists the runs that they know of" });
  if (another === undefined) return found;
  throw new UserError(`several runs begin with ${wanted}: ${found.run}, ${another.run}`, { hint: "type more of it" });
};

const withoutChanges = (run: HistoryRun): HistoryRun => ({ ...run, hosts: run.hosts.map(({ changes: _changes, ...host }) => host) });

/**
 * What kbs has done on the hosts, from their own journals: works on any machine that reaches them.
 * Exit "unreachable" when one gave no answer.
 */
export const history = async (options: HistoryOptions): Promise<{ readonly outcome: ActionOutcome; readonly history: History }> => {
  const cluster = await readCluster(options);
  const chosen = chosenNames(cluster, options.limit);
  const fleet = await connectFleet(
    cluster.hosts.filter(({ name }) => chosen.has(name)),
    options,
  );
  try {
    const questions = [journal.question, holder.question];
    const asked = { phase: "read-journal", title: "Read the journals", questions };
    const { answers, failures } = await askFleet(cluster, chosen, fleet, asked, options);
    const known = new Map<string, HostHistory>();
    for (const [host, records] of answers) {
      const found = readFact(journal, questions, records);
      if (found) known.set(host, { journal: found, holder: readFact(holder, questions, records) });
    }
    const all = runsOf(known);
    const runs = options.run === undefined ? all.slice(0, options.most).map(withoutChanges) : [chosenRun(all, options.run)];
    const silent = [...failures].map(([host, { message }]) => ({ host, problem: message }));
    const exit = worstExit([...failures.values()].map(({ exit: why }) => why));
    return { outcome: { exit, changed: 0, next: [] }, history: { cluster: cluster.name, runs, silent } };
  } finally {
    await fleet.close();
  }
};
