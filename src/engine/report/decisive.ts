import { criticalPath, type Stretch } from "./critical-path.ts";
import { lengthOf, overlap } from "./measure.ts";
import type { RunRecord, UnitRecord, WaitRecord } from "./record.ts";

/** A stretch of the critical path, and what of it was waiting. */
export interface DecisiveStretch extends Stretch {
  readonly title: string;
  /** Milliseconds. */
  readonly waited: number;
  /** What was waited for longest. */
  readonly reason?: string;
}

const waitsIn = (stretch: Stretch, waits: readonly WaitRecord[]): { readonly waited: number; readonly reason?: string } => {
  const parts = waits.map((wait) => ({ reason: wait.reason, long: overlap(stretch, wait) })).filter(({ long }) => long > 0);
  const longest = parts.reduce<(typeof parts)[number] | undefined>(
    (most, part) => (most && most.long >= part.long ? most : part),
    undefined,
  );
  return { waited: parts.reduce((sum, { long }) => sum + long, 0), ...(longest && { reason: longest.reason }) };
};

/** Phases outside the graph, which has needs for each of its own: connecting, asking, comparing. */
export const surveyPhases = (phases: RunRecord["phases"]): readonly string[] =>
  [...phases.values()].flatMap(({ id, needs }) => (needs === undefined ? [id] : []));

const keyOf = (phase: string, host: string): string => JSON.stringify([phase, host]);

/** What decided how long the run took, up to the end of its last unit; nothing where the events do not say what waits for what, as 1.0 did not. */
export const decisivePath = ({ version, hosts, phases }: RunRecord): readonly DecisiveStretch[] => {
  if (version.events === "1.0") return [];
  const units = [...hosts.values()].flatMap((host) => host.units.filter(({ begun }) => begun));
  const waits = Map.groupBy(units, (unit) => keyOf(unit.phase, unit.host));
  const survey = surveyPhases(phases);
  const last = units
    .filter(({ phase }) => !survey.includes(phase))
    .reduce<UnitRecord | undefined>((latest, unit) => (latest && latest.to > unit.to ? latest : unit), undefined);
  const end = last?.to ?? units.reduce((latest, { to }) => Math.max(latest, to), 0);
  const needs = new Map([...phases.values()].map((phase) => [phase.id, phase.needs ?? []]));
  const first = [...phases.values()].find((phase) => phase.first !== undefined)?.first ?? "";
  return criticalPath(units, { needs, first, survey }, last, end)
    .filter((stretch) => lengthOf(stretch) > 0)
    .map((stretch) => {
      const own = stretch.host === undefined ? [] : (waits.get(keyOf(stretch.step, stretch.host)) ?? []);
      const title = phases.get(stretch.step)?.title ?? stretch.step;
      return {
        ...stretch,
        title,
        ...waitsIn(
          stretch,
          own.flatMap((unit) => unit.waits),
        ),
      };
    });
};
