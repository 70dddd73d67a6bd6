import { type Paint, painter } from "../../shared/paint.ts";
import { amount, plural } from "../progress/words.ts";
import { nameOf } from "./names.ts";
import { isPending, type Plan, type PlannedChange, type PlannedHost, type PlannedUnit } from "./plan.ts";

export interface PlanTextOptions {
  readonly color: boolean;
  /** Shows what new files will hold, too. */
  readonly verbose: boolean;
}

const tint = (paint: Paint, line: string): string =>
  line.startsWith("+") ? paint("green", line) : line.startsWith("-") ? paint("red", line) : paint("dim", line);

const signOf = ({ kind, isNew }: PlannedChange): "+" | "-" | "~" => {
  if (kind === "absent") return "-";
  return isNew ? "+" : "~";
};

const hides = ({ kind, why }: PlannedChange): boolean => kind === "made" || (kind === "file" && why === "content differs");

const changeText = (change: PlannedChange, paint: Paint, verbose: boolean): readonly string[] => {
  const sign = signOf(change);
  const [first = "", ...more] = change.why.split("\n");
  const { diff, lines } = change;
  const shown = diff === undefined || (change.isNew && !verbose) ? [] : diff.map((line) => `        ${tint(paint, line)}`);
  const told = [
    lines === undefined ? first : `new, ${plural(lines, "line")}`,
    ...(diff === undefined && hides(change) ? ["content not shown"] : []),
  ];
  const name = `${sign} ${nameOf(change.change)}`;
  return [
    `    ${sign === "-" ? paint("red", name) : sign === "+" ? paint("green", name) : paint("yellow", name)}  ${told.join(", ")}`,
    ...more.map((line) => `        ${line}`),
    ...shown,
  ];
};

/** "after X; after Y on h1": units of another host are told with it. */
const afterText = ({ after, host }: PlannedUnit, units: ReadonlyMap<string, PlannedUnit>): string => {
  const told = Map.groupBy(
    after.flatMap((key) => units.get(key) ?? []),
    ({ title }) => title,
  );
  const names = [...told].map(([title, all]) => {
    const hosts = all.map((unit) => unit.host);
    return hosts.length === 1 && hosts[0] === host ? title : `${title} on ${hosts.length > 4 ? `${hosts.length} hosts` : hosts.join(", ")}`;
  });
  return names.length === 0 ? "" : `  (after: ${names.join("; ")})`;
};

const isObject = ({ kind }: PlannedChange): boolean => kind === "object" || kind === "act";

const unitTexts = (
  plan: Plan,
  units: readonly PlannedUnit[],
  wanted: (change: PlannedChange) => boolean,
  paint: Paint,
  verbose: boolean,
) => {
  const byKey = new Map(plan.units.map((unit) => [unit.key, unit]));
  return units.flatMap((unit) => {
    const changes = unit.changes.filter(wanted);
    const unknown = unit.knownAfter === undefined ? [] : [`    ${paint("dim", `? known after "${unit.knownAfter}"`)}`];
    const lines = [...changes.flatMap((change) => changeText(change, paint, verbose)), ...unknown];
    return lines.length === 0 ? [] : [`  ${unit.title}${paint("dim", afterText(unit, byKey))}`, ...lines];
  });
};

const restartTexts = ({ restarts }: PlannedHost, paint: Paint): readonly string[] =>
  restarts.map(({ what, running, because }) => {
    if (!running) return `  starts ${what}`;
    return `  ${paint("yellow", `restarts ${what}`)}${because.length === 0 ? "" : `: ${because.join(", ")}`}`;
  });

const sections = (plan: Plan, paint: Paint, verbose: boolean): readonly (readonly string[])[] => {
  const onHosts = plan.hosts.map((host) => {
    const units = plan.units.filter((unit) => unit.host === host.host && !unit.changes.some(isObject));
    const lines = [...unitTexts(plan, units, () => true, paint, verbose), ...restartTexts(host, paint)];
    return lines.length === 0 ? [] : [paint("bold", host.host), ...lines];
  });
  const objects = unitTexts(
    plan,
    plan.units.filter((unit) => unit.changes.some(isObject)),
    isObject,
    paint,
    verbose,
  );
  return [...onHosts, objects.length === 0 ? [] : [paint("bold", "In the cluster"), ...objects]].filter((lines) => lines.length > 0);
};

const restartsOf = ({ restarts }: PlannedHost): number => restarts.filter(({ running }) => running).length;

const estimate = ({ hosts, rolling }: Plan): readonly string[] => {
  const busy = hosts.filter((host) => host.changes > 0 || host.bytes > 0 || host.restarts.length > 0);
  const rows = busy.map(
    (host) => `  ${host.host}: ${plural(host.changes, "change")}, ${plural(restartsOf(host), "restart")}, ${amount(host.bytes)} to send`,
  );
  const groups = rolling.map((group) => group.join(" and "));
  const order =
    groups.length === 0 ? [] : [`one after another, each healthy before the next: ${groups.join(", then ")}; then all else at once`];
  return [...order, ...(rows.length === 0 ? [] : ["per host:", ...rows])];
};

const sum = (plan: Plan): string => {
  const restarts = plan.hosts.reduce((all, host) => all + restartsOf(host), 0);
  const bytes = plan.hosts.reduce((all, host) => all + host.bytes, 0);
  const unknown = plan.units.filter(({ knownAfter }) => knownAfter !== undefined).length;
  const more = unknown === 0 ? "" : `, and ${plural(unknown, "step")} of which more is known later`;
  return `${plural(plan.changes, "change")}${more}, ${plural(restarts, "restart")}, ${amount(bytes)} to send`;
};

/** A plan for a person: each host and the cluster's objects in the order of work, then what it costs. Ends with a newline. */
export const planText = (plan: Plan, { color, verbose }: PlanTextOptions): string => {
  const paint = painter(color);
  const waits = plan.waits.map((sentence) => paint("yellow", `not ready: ${sentence}`));
  const unfinished = plan.unfinished.map((what) => paint("yellow", `left by an interrupted run: ${what}`));
  if (!isPending(plan))
    return `${[...waits, paint("green", `0 changes: the cluster ${plan.cluster} is as ${plan.file} says`)].join("\n")}\n`;
  const parts = sections(plan, paint, verbose).map((lines) => lines.join("\n"));
  const end = [...waits, ...unfinished, ...estimate(plan), paint("bold", `plan for ${plan.cluster}: ${sum(plan)}`)];
  return `${[...parts, end.join("\n")].join("\n\n")}\n`;
};
