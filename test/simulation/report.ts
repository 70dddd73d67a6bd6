import { readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import type { Figures } from "./figures.ts";

export interface Report {
  readonly date: Date;
  readonly seed: number;
  readonly preflight: Figures;
  readonly faults: Figures;
  readonly refused: Figures;
  /** Creates, fewest hosts first. */
  readonly creates: readonly Figures[];
}

const table = (heading: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = heading.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(heading), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rows.map(line)].join("\n");
};

const count = (value: number): string => value.toLocaleString("en");
const duration = (seconds: number): string => (seconds < 100 ? `${seconds.toFixed(1)} s` : `${(seconds / 60).toFixed(1)} min`);

/** Of each size, what it takes for every host that it has more than the smallest. */
const perHost = (creates: readonly Figures[]): readonly (readonly string[])[] => {
  const [least] = creates;
  return creates.map((run) => {
    const more = run.hosts - (least?.hosts ?? 0);
    const each = (figure: (run: Figures) => number): number => (figure(run) - (least ? figure(least) : 0)) / more;
    return [
      count(run.hosts),
      duration(run.seconds),
      run.cpuSeconds.toFixed(1),
      more === 0 ? "" : (each(({ cpuSeconds }) => cpuSeconds) * 1000).toFixed(1),
      run.peak.toFixed(0),
      more === 0 ? "" : (each(({ peak }) => peak) * 1024).toFixed(0),
      (run.messages / run.hosts).toFixed(1),
      (run.requests / run.hosts).toFixed(1),
      count(run.lines),
    ];
  });
};

/** The figures as Markdown. */
export const reportText = ({ date, seed, preflight, faults, refused, creates }: Report): string => {
  const [processor] = cpus();
  return `${date.toISOString().slice(0, 10)}, seed ${seed}. Machine: ${cpus().length} × ${processor?.model.trim() ?? "unknown processor"}.

Creates without trouble, --concurrency 30, one gigabit a second for all, each in a process of its own:

${table(
  [
    "hosts",
    "simulated time",
    "processor (s)",
    "ms for a host more",
    "peak memory (MiB)",
    "KiB for a host more",
    "messages a host",
    "API requests a host",
    "lines of progress",
  ],
  perHost(creates),
)}

- Preflight and facts of ${count(preflight.hosts)} hosts: ${duration(preflight.seconds)} by the simulated clock, ${preflight.cpuSeconds.toFixed(1)} s of processor time, ${preflight.peak.toFixed(0)} MiB.
- A create of ${count(faults.hosts)} hosts, one of them 50 times slower and five dead, with --keep-going: ended after ${duration(faults.seconds)} as "${faults.exit}",
  ${count(faults.touched)} hosts are in the cluster, and its end names ${faults.named.join(", ")}. Without --keep-going it ended after ${duration(refused.seconds)} as
  "${refused.exit}", with ${refused.touched === 0 ? "nothing changed on any host" : `${refused.touched} hosts changed`}.
`;
};

const marker = { begin: "<!-- simulated figures: written by npm run simulate -- --write -->", end: "<!-- end of simulated figures -->" };

/** Puts the figures into a document, between their markers. @throws Error when it has none. */
export const writeReport = async (file: string, text: string): Promise<void> => {
  const document = await readFile(file, "utf8");
  const [begin, end] = [document.indexOf(marker.begin), document.indexOf(marker.end)];
  if (begin < 0 || end < begin) throw new Error(`${file} lacks "${marker.begin}" and "${marker.end}"`);
  await writeFile(file, `${document.slice(0, begin)}${marker.begin}\n\n${text}\n${document.slice(end)}`);
};
