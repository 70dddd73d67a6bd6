import type { History, HistoryChange, HistoryHost, HistoryRun } from "../actions/history.ts";
import { type Paint, painter } from "../shared/paint.ts";
import { table } from "./table.ts";

/** `2026-11-21 14:05:02Z`, from ISO 8601. */
const moment = (iso: string): string => iso.replace("T", " ").replace(/\.\d+/, "");

const endText = ({ end, open }: HistoryHost): string => (open > 0 ? `${end}, ${open} open` : end);

const hostRow = (host: HistoryHost): readonly string[] => [
  host.host,
  ...[host.begun, host.done, host.left, host.undone].map(String),
  endText(host),
];

const headOf = ({ run, by, pid, command, kbs, plan, started }: HistoryRun, paint: Paint): readonly string[] => [
  `${paint("bold", moment(started))}  ${by ?? "nobody wrote down who"}${pid === undefined ? "" : ` (process ${pid})`}  ${paint("dim", run)}`,
  ...(command === undefined ? [] : [`  ${command}`]),
  ...(kbs === undefined && plan === undefined
    ? []
    : [`  ${[kbs === undefined ? "" : `kbs ${kbs}`, plan === undefined ? "" : `plan ${plan}`].filter(Boolean).join(", ")}`]),
];

const changeRow = ({ change, state, time, before }: HistoryChange): readonly string[] => [
  moment(time),
  state,
  change,
  before === undefined ? "" : `before: ${before}`,
];

const changesOf = ({ host, changes = [] }: HistoryHost, paint: Paint): readonly string[] => [
  "",
  paint("bold", host),
  ...table(["TIME", "STATE", "CHANGE", ""], changes.map(changeRow)).map((line) => `  ${line}`),
];

const runText = (run: HistoryRun, paint: Paint): string =>
  [
    ...headOf(run, paint),
    ...table(["HOST", "BEGUN", "DONE", "LEFT", "UNDONE", "END"], run.hosts.map(hostRow)).map((line) => `  ${line}`),
    ...run.hosts.flatMap((host) => (host.changes === undefined ? [] : changesOf(host, paint))),
  ].join("\n");

/** Runs for a person, newest first. */
export const historyText = ({ cluster, runs, silent }: History, color: boolean): string => {
  const paint = painter(color);
  const hidden = silent.map(({ host, problem }) => `${paint("yellow", "silent:")} ${host}: ${problem}`);
  const none = runs.length === 0 && silent.length === 0 ? [`no host of ${cluster} knows of a run that changed it`] : [];
  return `${[...runs.map((run) => runText(run, paint)), ...hidden, ...none].join("\n\n")}\n`;
};
