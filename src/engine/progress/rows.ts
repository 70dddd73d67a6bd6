import type { Paint } from "../../shared/paint.ts";
import type { PhaseModel, RunModel, UnitModel } from "./model.ts";
import { amount, elapsed, plural, some } from "./words.ts";

/** A host which is still at it after so many milliseconds, and so many times as long as others took, gets a row: of a thousand most wait for their turn. */
const slowAfter = 10_000;
const slowTimes = 3;

/** How many rows each kind of thing may take; with the heading and the two sums it never is more than 15. */
const most = { failed: 3, warnings: 1, running: 6, slow: 2 } as const;

const isRunning = (unit: UnitModel): boolean => unit.state === "running";

const unitsOf = (phase: PhaseModel): readonly UnitModel[] => [...phase.units.values()];

const endedIn = (phase: PhaseModel): readonly UnitModel[] => unitsOf(phase).filter((unit) => !isRunning(unit));

const isOver = (phase: PhaseModel): boolean => phase.hosts.length > 0 && endedIn(phase).length >= phase.hosts.length;

/** The first `limit` rows; what is beyond shares the last one. */
const atMost = (rows: readonly string[], limit: number, what: string): readonly string[] =>
  rows.length <= limit ? rows : [...rows.slice(0, limit - 1), `  and ${rows.length - limit + 1} more ${what}`];

const waitsFor = (unit: UnitModel, { bytes }: RunModel): string | undefined => {
  const sending = bytes.get(unit.host);
  return unit.waiting ?? (sending && `${amount(sending.sent)} of ${amount(sending.total)} sent`);
};

const phaseRow = (phase: PhaseModel, model: RunModel, at: number, paint: Paint): string => {
  const running = unitsOf(phase).filter(isRunning);
  const since = Math.min(...unitsOf(phase).map(({ began }) => began));
  const telling = running.find((unit) => waitsFor(unit, model) !== undefined) ?? running[0];
  const reason = telling && waitsFor(telling, model);
  const hosts = some(
    running.map(({ host }) => host),
    3,
  );
  const doing = reason === undefined ? hosts : `${telling?.host}: ${reason}`;
  const done = endedIn(phase).filter(({ state }) => state === "done").length;
  return `${phase.title}  ${paint("bold", `${done}/${phase.hosts.length}`)}  ${elapsed(at - since)}  ${paint("dim", doing)}`;
};

const slowRows = (phase: PhaseModel, model: RunModel, at: number, paint: Paint): readonly string[] => {
  const late = unitsOf(phase).filter((unit) => isRunning(unit) && at - unit.began > slowAfter);
  if (late.length === 0) return [];
  const times = endedIn(phase)
    .map(({ began, ended = began }) => ended - began)
    .toSorted((a, b) => a - b);
  const usual = times[Math.floor(times.length / 2)] ?? Number.POSITIVE_INFINITY;
  return late
    .filter((unit) => at - unit.began > slowTimes * usual)
    .map((unit) => {
      const reason = waitsFor(unit, model);
      return `${paint("yellow", `slow: ${unit.host}`)}  ${phase.title}  ${elapsed(at - unit.began)}${reason === undefined ? "" : `  ${paint("dim", reason)}`}`;
    });
};

const failedRows = ({ failures, phases }: RunModel, paint: Paint): readonly string[] =>
  failures.map(({ host, phase, error }) => {
    const title = phase === undefined ? "" : `${phases.get(phase)?.title ?? phase}: `;
    return `${paint("red", `failed: ${host}`)}  ${title}${error.message.split("\n")[0]}`;
  });

/**
 * What a terminal shows of a run right now: a heading, then a row per phase under way with its hosts' count, and a row per host that is slow
 * or failed. Never more than 15 rows, however many hosts and phases there are.
 * @param at milliseconds since the run began
 */
export const progressRows = (model: RunModel, at: number, paint: Paint): readonly string[] => {
  const phases = [...model.phases.values()];
  const running = phases.filter((phase) => unitsOf(phase).some(isRunning));
  const over = phases.filter((phase) => isOver(phase) && !running.includes(phase));
  const toCome = phases.length - over.length - running.length;
  const changed = [...model.changes.values()].reduce((sum, changes) => sum + changes.length, 0);
  const warnings = model.warnings.map(({ host, text }) => `${paint("yellow", "warning:")} ${host === undefined ? "" : `${host}: `}${text}`);
  const { command, cluster, hosts } = model.start;
  return [
    `${paint("bold", cluster || command || "kbs")}  ${plural(hosts.length, "host")}  ${elapsed(at)}`,
    ...atMost(failedRows(model, paint), most.failed, "failed hosts"),
    ...warnings.slice(-most.warnings),
    ...(over.length === 0 ? [] : [paint("green", `${plural(over.length, "phase")} done, ${plural(changed, "change")}`)]),
    ...atMost(
      running.map((phase) => phaseRow(phase, model, at, paint)),
      most.running,
      "phases under way",
    ),
    ...atMost(
      running.flatMap((phase) => slowRows(phase, model, at, paint)),
      most.slow,
      "slow hosts",
    ),
    ...(toCome === 0 ? [] : [paint("dim", `${plural(toCome, "phase")} to come`)]),
  ];
};
