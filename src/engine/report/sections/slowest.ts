import type { RunRecord } from "../record.ts";
import { slowestPhases } from "../slowest.ts";
import { type Section, scrolling, stepAndHost, table, time } from "./shared.ts";

export const slowestSection = (run: RunRecord): Section => {
  const columns = [
    { title: "Step" },
    { title: "Took at most", numeric: true },
    { title: "Of it waiting", numeric: true },
    { title: "Middle of all hosts", numeric: true, spare: true },
  ];
  const rows = slowestPhases(run).map(({ title, slowest, took, waited, middle, hosts }) => [
    stepAndHost(title, slowest.host),
    time(took),
    time(waited),
    hosts === 1 ? "one host" : `${time(middle)} on ${hosts}`,
  ]);
  const body = scrolling("Slowest steps", table("Slowest steps, each on its slowest host", columns, rows));
  return { id: "slowest", title: "Slowest steps", body: rows.length === 0 ? undefined : body };
};
