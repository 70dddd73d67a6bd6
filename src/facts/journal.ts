import { runDirectory, stateDirectory } from "../changes/sh/base.ts";
import { openChanges as listOpen } from "../changes/sh/hold.ts";
import { fact } from "./fact.ts";
import { lines, sections } from "./text.ts";

/** What a host has written down of one run. */
export interface RunRecord {
  readonly run: string;
  /** `user@machine`. */
  readonly by?: string;
  readonly pid?: number;
  readonly command?: string;
  /** Version of kbs. */
  readonly kbs?: string;
  /** Digest of the saved plan that was carried out. */
  readonly plan?: string;
  /** ISO 8601, by the operator's clock. */
  readonly started?: string;
  /** Absent while it runs, and when it was cut off. */
  readonly end?: { readonly how: string; readonly at: string };
}

const journalWords = ["begun", "done", "left", "undone"] as const;
export type JournalWord = (typeof journalWords)[number];

export interface JournalLine {
  /** ISO 8601, by the host's clock, in whole seconds. */
  readonly time: string;
  readonly run: string;
  readonly word: JournalWord;
  readonly change: string;
}

export interface JournalFact {
  readonly runs: readonly RunRecord[];
  /** In order. What is no line of a journal, such as one that power loss has cut short, is left out. */
  readonly lines: readonly JournalLine[];
  /** What was there before kbs came, by change: its kind, never its content. */
  readonly before: ReadonlyMap<string, string>;
}

const isWord = (word: string | undefined): word is JournalWord => journalWords.some((known) => known === word);

const toLine = (text: string): JournalLine | undefined => {
  const [, time = "", run = "", word, change = ""] = /^(\S+) (\S+) (\S+) (.+)$/.exec(text) ?? [];
  return isWord(word) && /^\d{4}-\d\d-\d\dT[\d:]+Z$/.test(time) ? { time, run, word, change } : undefined;
};

/** The lines "<word> <value>" of a run's record. */
const toRecord = (run: string, text: string): RunRecord => {
  const values = new Map(
    text.split("\n").flatMap((line): [string, string][] => {
      const [, word, value] = /^(\w+) (.+)$/.exec(line) ?? [];
      return word !== undefined && value !== undefined ? [[word, value]] : [];
    }),
  );
  const [by, pid, command, kbs, plan, started] = ["by", "pid", "command", "kbs", "plan", "started"].map((word) => values.get(word));
  const [how, at] = values.get("ended")?.split(" ") ?? [];
  return {
    run,
    ...(by !== undefined && { by }),
    ...(pid !== undefined && { pid: Number(pid) }),
    ...(command !== undefined && { command }),
    ...(kbs !== undefined && { kbs }),
    ...(plan !== undefined && { plan }),
    ...(started !== undefined && { started }),
    ...(how !== undefined && at !== undefined && { end: { how, at } }),
  };
};

/** Files of records are called "<number>-<run>". */
const runOf = (name: string): string => name.replace(/^\d+-/, "");

/** The journal in /var/lib/kbs; empty on a host that kbs never changed, or gave back. */
export const journal = fact(
  "journal",
  `d=${stateDirectory}
for r in $d/runs/[0-9]*; do [ -f "$r" ] || continue; echo "@@ run \${r##*/}"; cat "$r"; done
echo "@@ journal"; tail -c 4000000 $d/journal | tr -d '\\0'; echo
echo "@@ before"
for b in $d/before/[0-9]*; do
  [ -f "$b/id" ] && read -r id <"$b/id" && read -r kind mode rest <"$b/was" || continue
  case $id in path:*) ;; *) kind=state ;; esac
  case $kind in file|directory) kind="$kind $mode" ;; esac
  echo "$kind	$id"
done`,
  (output): JournalFact => {
    const parts = sections(output);
    const before = (parts.get("before") ?? "").split("\n").flatMap((line): [string, string][] => {
      const [kind, id] = line.split("\t");
      return kind !== undefined && id !== undefined ? [[id, kind]] : [];
    });
    return {
      runs: [...parts].flatMap(([name, text]) => (name.startsWith("run ") ? [toRecord(runOf(name.slice(4)), text)] : [])),
      lines: (parts.get("journal") ?? "").split("\n").flatMap((line) => toLine(line) ?? []),
      before: new Map(before),
    };
  },
);

/** Ids of changes that a run has begun which nobody has finished since: neither it nor a later one. */
export const openChanges = fact(
  "openChanges",
  `d=${stateDirectory}
[ -f $d/journal ] || exit 0
last=; for r in $d/runs/[0-9]*; do last=$r; done
grep -q '^ended done ' "$last" || ${listOpen}`,
  (output): readonly string[] => lines(output),
);

/** Whose a host is. */
export interface HolderFact extends RunRecord {
  /** Whether its process on the host lives. */
  readonly alive: boolean;
}

/** The lease in /run/kbs; undefined when no run holds the host. */
export const holder = fact(
  "holder",
  `u=${runDirectory}
[ -s $u/run ] || exit 0
echo "@@ run"; cat $u/run; echo
echo "@@ record"; cat $u/record.*
echo "@@ alive"; flock -n $u/lease.lock true || echo yes`,
  (output): HolderFact | undefined => {
    const parts = sections(output);
    const run = parts.get("run")?.trim();
    if (run === undefined || run === "") return undefined;
    return { ...toRecord(run, parts.get("record") ?? ""), alive: parts.get("alive")?.trim() === "yes" };
  },
);
