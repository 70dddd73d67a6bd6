import { resolve } from "node:path";
import type { KeptRun } from "../engine/progress/kept-runs.ts";
import { elapsed } from "../engine/progress/words.ts";
import { defineCommand } from "./command.ts";
import { onOff, text } from "./options.ts";
import { table } from "./table.ts";

const listRow = ({ began, name, run, cluster, command, exit, changed, took }: KeptRun): readonly string[] => [
  run?.slice(0, 8) ?? name,
  new Date(began).toISOString().slice(0, 19).replace("T", " "),
  cluster ?? "<none>",
  exit ?? "no end",
  String(changed ?? ""),
  took === undefined ? "" : elapsed(took),
  command ?? name,
];

const listText = (runs: readonly KeptRun[]): string =>
  runs.length === 0
    ? "no runs are kept\n"
    : `${table(["RUN", "BEGAN (UTC)", "CLUSTER", "EXIT", "CHANGES", "TOOK", "COMMAND"], runs.map(listRow)).join("\n")}\n`;

export const report = defineCommand({
  path: ["report"],
  summary: "Write a page that shows what happened in a run: what was changed, what failed, where the time went",
  description:
    "One HTML file that needs neither network nor script. The events of the newest 20 runs of each command are kept on this machine; RUN is the " +
    "beginning of a run's id, a file of events that --output json has written, or - for standard input. Without it, the newest run is shown.",
  options: {
    out: text("Write the page there; - is standard output (default: CLUSTER-RUN.html)", { placeholder: "FILE", complete: "file" }),
    list: onOff("List the runs that are kept, and write nothing"),
  },
  place: { name: "run", summary: "a run's id, or a file of events", fallback: "", complete: "runs" },
  examples: [
    ["kbs report", "the newest run, in the working directory"],
    ["kbs report --list", "which runs are kept"],
    ["kbs report events.ndjson --out run.html", "what --output json has written"],
  ],
  exits: [],
  run: async ({ out, list }, { io, word }) => {
    if (list) {
      const { keptRuns } = await import("../engine/progress/kept-runs.ts");
      io.stdout.write(listText(keptRuns(io.env)));
      return "done";
    }
    const { makeReport, makeReportOf } = await import("../engine/report/make.ts");
    const { chooseRun } = await import("../engine/report/choose-run.ts");
    const { page, fileName } =
      word === "-" ? await makeReport(io.stdin, "standard input", io.signal) : await makeReportOf(chooseRun(word, io), io.signal);
    if (out === "-") {
      io.stdout.write(page);
      return "done";
    }
    const { writeOwnFile } = await import("../shared/own-file.ts");
    const path = resolve(io.cwd, out ?? fileName);
    await writeOwnFile(path, page);
    io.stdout.write(`${path}\n`);
    return "done";
  },
});
