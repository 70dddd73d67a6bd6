import type { EventError } from "../../events.ts";
import { groupFailures, type HostFailure } from "../../progress/failures.ts";
import { cut, lastLines } from "../cut.ts";
import { html, type Markup } from "../markup.ts";
import type { RunRecord } from "../record.ts";
import { hostNames, impersonal, type Section } from "./shared.ts";

/** Lines and characters of what a command printed; the rest is in the log. */
const mostLines = 30;
const mostCharacters = 6000;

const answer = (label: string, value: Markup | undefined): Markup | undefined => value && html`<dt>${label}</dt><dd>${value}</dd>`;

const code = (text: string): Markup => html`<pre>${cut(lastLines(text, mostLines), mostCharacters)}</pre>`;

const problemsOf = ({ problems = [] }: EventError): Markup | undefined =>
  problems.length === 0
    ? undefined
    : html`<ul>${problems.map(({ file, line, column, path, message, hint }) => {
        const place = [file, line, column].filter((part) => part !== undefined).join(":");
        return html`<li><code>${place}</code> ${path}: ${cut(message, 1000)}${hint !== undefined && html` (${cut(hint, 1000)})`}</li>`;
      })}</ul>`;

const hintOf = ({ hint, exit }: EventError): string =>
  hint ?? (exit === "bug" ? "report it with the full log" : "mend the cause, then run the same command again: it goes on from there");

/** An error's answers: what, where, by which command, why probably, what to do next. */
const trouble = (error: EventError, hosts: readonly string[], title?: string): Markup => html`<article class="trouble">
<h3>${title !== undefined && `${title}: `}${cut(error.message, 2000)}</h3>
<dl>
${hosts.length > 0 && answer(hosts.length === 1 ? "Host" : `${hosts.length} hosts`, html`${hostNames(hosts, 20)}`)}
${error.command !== undefined && answer("Command", code(error.command))}
${error.output !== undefined && error.output.trim() !== "" && answer(error.command === undefined ? "Details" : "It printed", code(error.output))}
${answer("Where", problemsOf(error))}
${error.probably !== undefined && answer("Probably", html`${cut(error.probably, 2000)}`)}
${answer("Do next", html`<strong>${cut(hintOf(error), 2000)}</strong>`)}
</dl>
</article>`;

const failuresOf = ({ hosts, phases }: RunRecord): readonly Markup[] => {
  const failures = [...hosts.values()].flatMap(({ name, units, failure }): HostFailure[] => [
    ...(failure ? [{ host: name, error: failure }] : []),
    ...units.flatMap(({ phase, error }) => (error ? [{ host: name, phase, error }] : [])),
  ]);
  return groupFailures(failures).flatMap((group) =>
    group.slice(0, 1).map(({ phase, error, host }) => {
      const message = group.length === 1 ? error.message : impersonal(error.message, host);
      const names = group.map((failure) => failure.host);
      return trouble({ ...error, message }, names, phase === undefined ? undefined : (phases.get(phase)?.title ?? phase));
    }),
  );
};

const findingsOf = ({ preflight }: RunRecord): readonly Markup[] => {
  const errors = preflight?.findings.filter(({ severity, ignored }) => severity === "error" && !ignored) ?? [];
  return [...Map.groupBy(errors, ({ host, problem, remedy }) => [problem, remedy].join("\n").replaceAll(host, "<host>")).values()].flatMap(
    (group) =>
      group.slice(0, 1).map(({ id, host, problem, evidence, remedy }) =>
        trouble(
          {
            message: group.length === 1 ? problem : impersonal(problem, host),
            hint: remedy,
            ...(evidence !== undefined && { output: evidence }),
          },
          group.map(({ host }) => host),
          `Check ${id}`,
        ),
      ),
  );
};

/** Whether the table of preflight stands in the error's output: its findings are told one by one here. */
const withoutTable = (error: EventError, { preflight }: RunRecord): EventError => {
  if (error.exit !== "preflight" && error.exit !== "unreachable") return error;
  const { output: _, ...rest } = error;
  return preflight === undefined ? error : rest;
};

const isSaid = (message: string, { preflight }: RunRecord): boolean =>
  preflight?.findings.some(({ problem }) => problem === message) ?? false;

/** What went wrong and what to do about it; what to type next when nothing did. */
export const nextSection = (run: RunRecord): Section => {
  const { ended, errors } = run;
  const troubles = [
    ...errors.map(({ host, error }) => trouble(withoutTable(error, run), host === undefined ? [] : [host])),
    ...findingsOf(run),
    ...failuresOf(withoutSaid(run)),
  ];
  const next = ended?.next ?? [];
  const body = html`${troubles}
${next.length > 0 && html`<p>To type next:</p><pre>${next.join("\n")}</pre>`}
${ended?.log !== undefined && html`<p class="meta">The full log is <code class="line">${ended.log}</code> on the machine that kbs ran on.</p>`}`;
  const title = troubles.length > 0 ? "What went wrong, and what to do next" : "What to do next";
  return { id: "next", title, body: troubles.length + next.length > 0 || ended?.log !== undefined ? body : undefined };
};

/** Without failures that a finding of preflight tells already. */
const withoutSaid = (run: RunRecord): RunRecord => ({
  ...run,
  hosts: new Map(
    [...run.hosts].map(([name, host]) => [
      name,
      { ...host, units: host.units.filter(({ error }) => error === undefined || !isSaid(error.message, run)) },
    ]),
  ),
});
