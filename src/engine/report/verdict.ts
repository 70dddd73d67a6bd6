import type { ExitName } from "../../shared/errors.ts";
import { plural, some } from "../progress/words.ts";
import { cut } from "./cut.ts";
import type { RunRecord } from "./record.ts";

/** How a run ended, for one glance. */
export interface Verdict {
  readonly state: "done" | "failed" | "stopped" | "open";
  readonly word: string;
  /** One sentence: what it means. */
  readonly means: string;
}

const many = (count: number): string => plural(count, "host");

/** What was changed, as the end of a sentence. */
const changesText = ({ ended, hosts }: RunRecord): string => {
  const changed = ended?.changed ?? 0;
  const touched = [...hosts.values()].filter(({ changes }) => changes.some(({ state }) => state === "changed")).length;
  return changed === 0 ? "nothing was changed" : `${plural(changed, "change")} ${changed === 1 ? "was" : "were"} made on ${many(touched)}`;
};

/** The steps that failed, and where, as the beginning of a sentence. */
const whatFailed = ({ hosts, phases }: RunRecord): string => {
  const units = [...hosts.values()].flatMap((host) => host.units.filter(({ state }) => state === "failed"));
  const titles = [...new Set(units.map(({ phase }) => phases.get(phase)?.title ?? phase))];
  if (titles.length === 0) return "The run did not get done what was asked";
  const names = some([...new Set(units.map(({ host }) => host))], 3);
  return titles.length === 1
    ? `${cut(titles[0] ?? "", 100)} failed on ${cut(names, 200)}`
    : `${titles.length} steps failed on ${cut(names, 200)}`;
};

type Say = (changes: string, run: RunRecord) => Verdict;

const failed = (means: string): Verdict => ({ state: "failed", word: "Failed", means });

const verdicts: Readonly<Record<ExitName, Say>> = {
  done: (changes, { ended, hosts }) => ({
    state: "done",
    word: "Done",
    means: ended?.changed === 0 ? `All was as wished on ${many(hosts.size)}; nothing had to be changed.` : `All went well; ${changes}.`,
  }),
  bug: (changes) => failed(`kbs itself failed in a way it should not; ${changes}. Please report it with the log.`),
  usage: (changes) => failed(`The command line or the configuration is wrong; ${changes}.`),
  preflight: (changes) => failed(`A host is not fit for what is asked of it; ${changes}.`),
  unreachable: (changes) => failed(`A host could not be reached, or refused the log-in; ${changes}.`),
  phase: (changes, run) => failed(`${whatFailed(run)}; ${changes}. The same command goes on from there once the cause is mended.`),
  locked: (changes) => failed(`Another run holds a host; ${changes}.`),
  changesPending: () => ({ state: "done", word: "Changes pending", means: "The comparison found what a run would change." }),
  interrupted: (changes) => ({
    state: "stopped",
    word: "Interrupted",
    means: `The run was stopped before its end; ${changes}. The same command finishes what was begun.`,
  }),
};

/** The outcome of a run and what it means. */
export const verdictOf = (run: RunRecord): Verdict => {
  if (run.ended !== undefined) return verdicts[run.ended.exit](changesText(run), run);
  return {
    state: "open",
    word: "No end",
    means:
      "The run was killed, or still goes on: its events have no end. What was begun stands on the hosts; the same command finishes it.",
  };
};
