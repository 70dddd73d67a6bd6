import { type DecisiveStretch, decisivePath } from "./decisive.ts";
import { html } from "./markup.ts";
import { endOf } from "./measure.ts";
import type { RunRecord, UnitRecord } from "./record.ts";
import { criticalSection } from "./sections/critical.ts";
import { connectionsSection, environmentSection } from "./sections/environment.ts";
import { header, titleOf } from "./sections/header.ts";
import { hostsSection } from "./sections/hosts.ts";
import type { Section } from "./sections/shared.ts";
import { slowestSection } from "./sections/slowest.ts";
import { timelineSection } from "./sections/timeline.ts";
import { nextSection } from "./sections/troubles.ts";
import { warningsSection } from "./sections/warnings.ts";
import { selectHosts } from "./selection.ts";
import { style } from "./style.ts";
import { verdictOf } from "./verdict.ts";

const decisiveUnits = (path: readonly DecisiveStretch[]): ((unit: UnitRecord) => boolean) => {
  const keys = new Set(path.map(({ step, host }) => JSON.stringify([step, host])));
  return ({ phase, host }) => keys.has(JSON.stringify([phase, host]));
};

const sectionsOf = (run: RunRecord): readonly Section[] => {
  const path = decisivePath(run);
  const isDecisive = decisiveUnits(path);
  const selection = selectHosts(run, path);
  // A little more than the last end, which is a bar wide at least.
  const end = Math.max(1, ...[...run.hosts.values()].map(endOf)) * 1.006;
  return [
    nextSection(run),
    warningsSection(run),
    timelineSection(selection, { end, titles: run.phases, isDecisive }),
    criticalSection(path),
    slowestSection(run),
    hostsSection(selection, run, isDecisive),
    connectionsSection(run),
    environmentSection(run),
  ].filter(({ body }) => body !== undefined);
};

/** A run as one HTML page that needs no network and no script: its policy forbids both, whoever wrote the texts in it. */
export const renderReport = (run: RunRecord): string => {
  const { cluster, verb } = titleOf(run);
  const sections = sectionsOf(run);
  return `<!doctype html>\n${
    html`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${cluster}: ${verb}: ${verdictOf(run).word}</title>
<style>${style}</style>
</head>
<body>
${header(run)}
<nav aria-label="On this page"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
<main>
${sections.map(
  ({ id, title, body }) => html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${body}</section>
`,
)}</main>
<footer><p>Made by kbs ${run.version.kbs} from the events of the run. Everything is in this file: it needs no network. Secrets are masked as ***.</p></footer>
</body>
</html>`.markup
  }\n`;
};
