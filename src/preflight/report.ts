import { styleText } from "node:util";
import type { Severity } from "./check.ts";
import type { HostResult, PreflightResults, Result } from "./run.ts";
import { atMost } from "./words.ts";

export interface RenderOptions {
  readonly color: boolean;
}

type Paint = (style: "red" | "yellow" | "green" | "bold" | "dim", text: string) => string;

const painter = ({ color }: RenderOptions): Paint =>
  color ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;

const count = (findings: readonly Result[], severity: Severity): number =>
  findings.filter((finding) => finding.severity === severity).length;

/** Findings that say the same, once, with all their hosts; errors before warnings. */
const grouped = (findings: readonly Result[]): readonly (Result & { readonly hosts: readonly string[] })[] => {
  const groups = Map.groupBy(findings, ({ id, severity, problem, evidence, remedy }) =>
    JSON.stringify([id, severity, problem, evidence, remedy]),
  );
  return [...groups.values()]
    .flatMap((group) => group.slice(0, 1).map((first) => ({ ...first, hosts: group.map(({ host }) => host) })))
    .toSorted((a, b) => Number(a.severity === "warning") - Number(b.severity === "warning"));
};

/** Of more hosts than these only those with errors have a row of their own. */
const fewHosts = 20;

const table = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
};

/** Warnings and errors of each host. */
const countsOf = ({
  hosts,
  findings,
}: PreflightResults): readonly (HostResult & { readonly warnings: number; readonly errors: number })[] => {
  const byHost = Map.groupBy(findings, ({ host }) => host);
  return hosts.map((host) => {
    const own = byHost.get(host.host) ?? [];
    return { ...host, warnings: count(own, "warning"), errors: count(own, "error") };
  });
};

const hostRows = (results: PreflightResults): readonly (readonly string[])[] => {
  const all = countsOf(results);
  const shown = all.length > fewHosts ? all.filter(({ errors }) => errors > 0) : all;
  const rows = shown.map(({ host, asked, passed, warnings, errors }) => [host, `${passed}/${asked}`, String(warnings), String(errors)]);
  return shown.length === all.length ? rows : [...rows, [`${plural(all.length - shown.length, "host")} without errors`]];
};

const describe = (
  paint: Paint,
  { hosts, id, severity, ignored, problem, evidence, remedy }: Result & { readonly hosts: readonly string[] },
): string =>
  [
    `${severity === "error" ? paint("red", "error  ") : paint("yellow", "warning")}  ${paint("bold", atMost(hosts, fewHosts).join(", "))}  ${paint("dim", `${id}${ignored ? " (ignored)" : ""}`)}`,
    `  ${problem}`,
    ...(evidence === undefined ? [] : [paint("dim", `  seen: ${evidence.trim().replaceAll("\n", "\n        ")}`)]),
    `  fix:  ${remedy}`,
  ].join("\n");

const summary = (paint: Paint, { hosts, findings }: PreflightResults): string => {
  const [errors, warnings] = [count(findings, "error"), count(findings, "warning")];
  const passed = hosts.reduce((sum, host) => sum + host.passed, 0);
  const told = `${plural(passed, "check")} passed on ${plural(hosts.length, "host")}, ${plural(warnings, "warning")}, ${plural(errors, "error")}`;
  return errors > 0 ? paint("red", told) : paint("green", told);
};

/** The results for a person: one row per host, then each finding with its remedy, then the sum. Ends with a newline. */
export const renderPreflightTable = (results: PreflightResults, options: RenderOptions): string => {
  const paint = painter(options);
  const [heading = "", ...rows] = table([["HOST", "PASSED", "WARNINGS", "ERRORS"], ...hostRows(results)]);
  const findings = grouped(results.findings).map((finding) => describe(paint, finding));
  return `${[[paint("bold", heading), ...rows].join("\n"), ...findings, summary(paint, results)].join("\n\n")}\n`;
};

/** What `kbs preflight --output json` prints. */
export interface PreflightJson {
  readonly schema: "kbs/preflight/v1";
  /** No finding is an error. */
  readonly ok: boolean;
  readonly hosts: readonly (HostResult & { readonly warnings: number; readonly errors: number })[];
  readonly findings: readonly Result[];
}

export const preflightJson = ({ hosts, findings }: PreflightResults): PreflightJson => ({
  schema: "kbs/preflight/v1",
  ok: count(findings, "error") === 0,
  hosts: countsOf({ hosts, findings }),
  findings,
});
