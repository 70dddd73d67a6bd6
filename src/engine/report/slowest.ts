import { surveyPhases } from "./decisive.ts";
import { lengthOf, middle, waited } from "./measure.ts";
import type { RunRecord, UnitRecord } from "./record.ts";

/** How long a phase took on its hosts. */
export interface SlowPhase {
  readonly title: string;
  readonly slowest: UnitRecord;
  /** Milliseconds. */
  readonly took: number;
  readonly waited: number;
  /** Of all hosts, in milliseconds. */
  readonly middle: number;
  readonly hosts: number;
}

const mostShown = 8;

/** The phases that took longest on any host, longest first. */
export const slowestPhases = ({ hosts, phases }: RunRecord): readonly SlowPhase[] => {
  const survey = surveyPhases(phases);
  const units = [...hosts.values()].flatMap((host) => host.units.filter(({ begun, phase }) => begun && !survey.includes(phase)));
  return [...Map.groupBy(units, ({ phase }) => phase)]
    .flatMap(([phase, all]) => {
      const [slowest] = all.toSorted((a, b) => lengthOf(b) - lengthOf(a));
      if (slowest === undefined) return [];
      const title = phases.get(phase)?.title ?? phase;
      return [{ title, slowest, took: lengthOf(slowest), waited: waited(slowest), middle: middle(all.map(lengthOf)), hosts: all.length }];
    })
    .toSorted((a, b) => b.took - a.took)
    .slice(0, mostShown);
};
