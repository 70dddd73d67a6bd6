import { amount, elapsed, plural } from "../../progress/words.ts";
import { cut } from "../cut.ts";
import { html, type Markup } from "../markup.ts";
import { contentSent } from "../measure.ts";
import type { RunRecord } from "../record.ts";
import { type Verdict, verdictOf } from "../verdict.ts";

const signs: Readonly<Record<Verdict["state"], string>> = { done: "✓", failed: "✕", stopped: "○", open: "?" };

/** `2026-01-02 12:03:04 UTC`. @param milliseconds since the epoch */
const moment = (milliseconds: number): Markup => {
  const iso = new Date(milliseconds).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace("T", " ")} UTC</time>`;
};

/** `create cluster` out of the line that was typed. */
const verbOf = (command: string): string => /^kbs(?: -\S+)*((?: [a-z]+){1,2})/.exec(command)?.[1]?.trim() ?? "run";

const figure = (label: string, value: string): Markup => html`<div><dt>${label}</dt><dd>${value}</dd></div>`;

const figures = (run: RunRecord): Markup => {
  const hosts = [...run.hosts.values()];
  const done = hosts.filter(({ units, failure }) => failure === undefined && units.every(({ state }) => state === "done")).length;
  const changed = hosts.reduce((sum, { changes }) => sum + changes.filter(({ state }) => state === "changed").length, 0);
  const warnings = run.warnings.length + hosts.reduce((sum, host) => sum + host.warnings.length, 0);
  return html`<dl class="figures">
${figure("Duration", elapsed(run.ended?.took ?? run.at))}
${figure("Hosts done", `${done} of ${hosts.length}`)}
${figure("Changes", (run.ended?.changed ?? changed).toLocaleString("en"))}
${figure("Content sent", amount(hosts.reduce((sum, host) => sum + contentSent(host), 0)))}
${figure("Warnings", String(warnings))}
</dl>`;
};

/** What a person would call the run. */
export const titleOf = ({ started }: RunRecord): { readonly cluster: string; readonly verb: string } => ({
  cluster: cut(started?.cluster ?? "no cluster", 200),
  verb: verbOf(started?.command ?? ""),
});

/** The outcome, what it means, and the figures that come first. */
export const header = (run: RunRecord): Markup => {
  const { cluster, verb } = titleOf(run);
  const { state, word, means } = verdictOf(run);
  const { started, hosts } = run;
  return html`<header>
<p class="over">kbs report</p>
<h1>${cluster} <span class="verb">${verb}</span></h1>
<div class="verdict ${state}">
<span class="mark" aria-hidden="true">${signs[state]}</span>
<div><p class="word">${word}</p><p class="means">${means}</p></div>
</div>
${figures(run)}
<p class="meta">${moment(run.began)}${started && html` · run <code>${started.run}</code>`} · ${plural(hosts.size, "host")}</p>
${started && html`<p class="meta"><code class="line">${cut(started.command, 1000)}</code></p>`}
</header>`;
};
