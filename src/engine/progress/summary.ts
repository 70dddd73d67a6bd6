import { renderPreflightTable } from "../../preflight/report.ts";
import { type Paint, painter } from "../../shared/paint.ts";
import type { RunEvent } from "../events.ts";
import { errorText } from "./error-text.ts";
import { groupFailures, type HostFailure } from "./failures.ts";
import type { RunModel } from "./model.ts";
import { slowHosts } from "./slow.ts";
import { elapsed, plural, some } from "./words.ts";

export type RunEnd = Extract<RunEvent, { type: "run-ended" }>;

export interface SummaryOptions {
  readonly color: boolean;
  /** Only what went wrong. */
  readonly quiet: boolean;
  /** Of a "read" only troubles are told. */
  readonly kind: "run" | "read";
  /** Standard output has said already what was found on each host. */
  readonly answered: boolean;
  /** Warnings stand above already, each at its time. */
  readonly warned: boolean;
  /** What it means that nothing had to be changed. */
  readonly unchanged: string;
}

/** More changes of one host are left to the log. */
const shownChanges = 6;

/** Whether the run's own error, or the table of preflight, says the same of this host. */
const isToldElsewhere = ({ errors, preflight }: RunModel, { error: { message } }: HostFailure): boolean =>
  errors.some(({ error }) => error.message === message || error.output?.includes(message)) ||
  (preflight?.findings.some(({ problem }) => problem === message) ?? false);

const failureTexts = (model: RunModel, color: boolean): readonly string[] =>
  groupFailures(model.failures.filter((failure) => !isToldElsewhere(model, failure))).flatMap((group) =>
    group.slice(0, 1).map(({ phase, error }) => {
      const title = phase === undefined ? "" : `${model.phases.get(phase)?.title ?? phase}: `;
      const message = group.length > 1 ? error.message.replaceAll(group[0]?.host ?? "", "this host") : error.message;
      return errorText(
        { ...error, message: `${title}${message}` },
        group.map(({ host }) => host),
        color,
      );
    }),
  );

/** Hosts on which phases were left out though nothing failed on them. A host that failed has said why already. */
const skippedTexts = ({ phases, failures }: RunModel, paint: Paint): readonly string[] => {
  const failed = new Set(failures.map(({ host }) => host));
  const units = [...phases.values()].flatMap(({ title, units }) =>
    [...units.values()]
      .filter(({ state, host }) => state === "skipped" && !failed.has(host))
      .map(({ host, reason }) => ({ host, title, reason: reason ?? "something it needs was not done" })),
  );
  return [...Map.groupBy(units, ({ host }) => host)].map(([host, skipped]) => {
    const titles = some(
      skipped.map(({ title }) => title),
      3,
    );
    return `${paint("yellow", "skipped:")} ${host}: ${titles}: ${skipped[0]?.reason}`;
  });
};

/** What a run that was stopped has left open, told once for all hosts of which the same is open. */
const cancelledTexts = ({ phases }: RunModel, paint: Paint): readonly string[] => {
  const units = [...phases.values()].flatMap(({ title, units: all }) =>
    [...all.values()].filter(({ state }) => state === "cancelled").map(({ host }) => ({ host, title })),
  );
  const open = [...Map.groupBy(units, ({ host }) => host)].map(([host, cancelled]) => ({
    host,
    titles: cancelled.map(({ title }) => title),
  }));
  return [...Map.groupBy(open, ({ titles }) => titles.join("\n")).values()].map((group) => {
    const hosts = some(
      group.map(({ host }) => host),
      8,
    );
    return `${paint("yellow", "not done:")} ${hosts}: ${some(group[0]?.titles ?? [], 3)}`;
  });
};

const warningTexts = ({ warnings }: RunModel, paint: Paint): readonly string[] =>
  [...Map.groupBy(warnings, ({ text }) => text)].map(([text, group]) => {
    const hosts = group.flatMap(({ host }) => host ?? []);
    return `${paint("yellow", "warning:")} ${hosts.length === 0 ? "" : `${some(hosts, 8)}: `}${text}`;
  });

const preflightTexts = ({ preflight }: RunModel, color: boolean): readonly string[] =>
  preflight?.findings.some(({ severity, ignored }) => severity === "error" && !ignored)
    ? [renderPreflightTable(preflight, { color }).trimEnd()]
    : [];

/** More hosts share rows: those on which the same was done. */
const fewHosts = 20;

const slowTexts = (model: RunModel, paint: Paint): readonly string[] =>
  slowHosts(model).map(
    ({ host, busy, usual }) => `${paint("yellow", "slow:")} ${host}: at work for ${elapsed(busy)}, where others took ${elapsed(usual)}`,
  );

const changeTexts = ({ changes, start }: RunModel, { changed, took, exit }: RunEnd, unchanged: string, paint: Paint): readonly string[] => {
  const time = elapsed(took);
  if (changed === 0) return [exit === "done" ? paint("green", `0 changes: ${unchanged} (${time})`) : `nothing was changed (${time})`];
  const known = new Set(start.hosts);
  const hosts = [...start.hosts, ...[...changes.keys()].filter((host) => !known.has(host))].filter((host) => changes.has(host));
  const madeOn = (host: string): readonly string[] => changes.get(host) ?? [];
  const groups =
    hosts.length > fewHosts ? [...Map.groupBy(hosts, (host) => madeOn(host).toSorted().join("\n")).values()] : hosts.map((host) => [host]);
  const rows = groups.map((group) => {
    const made = madeOn(group[0] ?? "");
    return `  ${paint("bold", some(group, 3))}  ${plural(made.length, "change")}: ${some(made, shownChanges)}`;
  });
  const more = rows.length > fewHosts ? [...rows.slice(0, fewHosts), `  and ${rows.length - fewHosts} more, which the log has`] : rows;
  const sum = `${plural(changed, "change")} on ${plural(hosts.length, "host")} (${time})`;
  return [exit === "done" ? paint("green", sum) : sum, ...more];
};

/**
 * The end of a run for a person: what was found unfit, what failed where and why, what was left out, what was changed, what to type next,
 * and where the full log is. Ends with a newline unless empty.
 */
export const summaryText = (model: RunModel, end: RunEnd, { color, quiet, kind, answered, warned, unchanged }: SummaryOptions): string => {
  const paint = painter(color);
  const troubles = [
    ...(answered ? [] : [...preflightTexts(model, color), ...failureTexts(model, color)]),
    ...model.errors.map(({ host, error }) => errorText(error, host === undefined ? [] : [host], color)),
    ...skippedTexts(model, paint),
    ...slowTexts(model, paint),
  ];
  const next = end.next.length === 0 ? [] : [["next:", ...end.next.map((line) => `  ${line}`)].join("\n")];
  const begun = model.phases.size > 0;
  const log = end.log === undefined || !begun ? [] : [paint("dim", `log: ${end.log}`)];
  if (quiet || kind === "read") return troubles.length === 0 ? "" : `${[...troubles, ...next, ...log].join("\n")}\n`;
  const told = [
    ...troubles,
    ...(warned ? [] : warningTexts(model, paint)),
    ...cancelledTexts(model, paint),
    ...(begun ? changeTexts(model, end, unchanged, paint) : []),
    ...next,
    ...log,
  ];
  return `${told.join("\n")}\n`;
};
