import { amount, elapsed, plural } from "../../progress/words.ts";
import type { HostGroup } from "../alike.ts";
import { cut } from "../cut.ts";
import { html, type Markup } from "../markup.ts";
import { contentSent, endOf, lengthOf, middle, waited } from "../measure.ts";
import type { ChangeRecord, HostRecord, RunRecord, UnitRecord } from "../record.ts";
import { groupName, sign, table, time } from "./shared.ts";

/** Of one host; the rest is in the log. */
const mostChanges = 300;
const mostDetail = 1500;

const stateText = (unit: UnitRecord): string => {
  const { state, changed, begun, reason } = unit;
  const because = reason === undefined ? "" : `: ${cut(reason, 300)}`;
  const changes = changed === 0 ? "" : `, ${plural(changed, "change")}`;
  if (state === "done") return changed === 0 ? "no change" : plural(changed, "change");
  if (state === "running") return "no end";
  if (state === "cancelled" && !begun) return "not begun";
  return `${state}${changes}${because}`;
};

const columns = [
  { title: "Step" },
  { title: "Began", numeric: true, spare: true },
  { title: "Took", numeric: true },
  { title: "Waited", numeric: true },
  { title: "Result" },
];

const stepsTable = (host: HostRecord, { phases }: RunRecord, isDecisive: (unit: UnitRecord) => boolean): Markup => {
  const rows = host.units.map((unit) => [
    html`${isDecisive(unit) && html`<span class="path" title="on the critical path">◆<span class="only-read"> on the critical path: </span></span> `}${phases.get(unit.phase)?.title ?? unit.phase}`,
    unit.begun ? elapsed(unit.from) : "–",
    unit.begun ? elapsed(lengthOf(unit)) : "–",
    time(waited(unit)),
    html`${sign(unit.state === "done" && unit.changed > 0 ? "changed" : unit.state)} ${stateText(unit)}`,
  ]);
  return table(`Steps on ${host.name}`, columns, rows);
};

const waitsOf = (host: HostRecord, { phases }: RunRecord): Markup | undefined => {
  const waits = host.units
    .flatMap((unit) => unit.waits.map((wait) => ({ ...wait, title: phases.get(unit.phase)?.title ?? unit.phase })))
    .filter((wait) => lengthOf(wait) >= 500)
    .toSorted((a, b) => lengthOf(b) - lengthOf(a))
    .slice(0, 6);
  if (waits.length === 0) return undefined;
  return html`<h4>Longest waits</h4><ul>${waits.map((wait) => html`<li>${time(lengthOf(wait))} for ${cut(wait.reason, 300)} <span class="muted">${wait.title}</span></li>`)}</ul>`;
};

/** A path is a path without saying so. */
const changeName = (change: string): string => change.replace(/^path:/, "").replace(/^([a-z-]+):/, "$1 ");

const changeItem = ({ change, state, detail = "" }: ChangeRecord): Markup => {
  const text = detail.trim();
  const told = text === "absent" ? "new" : cut(text, mostDetail);
  const more = told === "" ? undefined : told.includes("\n") ? html`<pre>${told}</pre>` : html` <span class="muted">${told}</span>`;
  return html`<li>${state !== "changed" && html`${sign(state === "failed" ? "failed" : "waiting")} <span class="muted">${state}</span> `}<code>${cut(changeName(change), 500)}</code>${more}</li>`;
};

const changesOf = ({ changes, same }: HostRecord, { phases }: RunRecord): Markup => {
  const shown = changes.slice(0, mostChanges);
  const groups = [...Map.groupBy(shown, ({ phase }) => phase)].map(
    ([phase, all]) =>
      html`<details class="changes"><summary>${phases.get(phase)?.title ?? phase}: ${all.length}</summary><ul class="plain">${all.map(changeItem)}</ul></details>`,
  );
  const rest = changes.length - shown.length;
  return html`<h4>What changed</h4>
${groups.length === 0 ? html`<p>Nothing.</p>` : groups}
${rest > 0 && html`<p class="muted">${rest} more in the log.</p>`}
${same > 0 && html`<p class="muted">${plural(same, "other thing")} looked at and as wished.</p>`}`;
};

/** One line for a host: how it ended, how much was changed, when it was done. */
export const summaryOf = ({ shown, hosts }: HostGroup): Markup => {
  const { units, machine, changes, failure, connection } = shown;
  const bad = units.find(({ state }) => state === "failed") ?? units.find(({ state }) => state !== "done");
  const state = failure ? "failed" : (bad?.state ?? "done");
  const facts = [
    ...(machine === undefined ? [] : [machine.roles.join(", ")]),
    ...(state === "done" ? [] : [state === "running" ? "no end" : state]),
    plural(changes.filter((change) => change.state === "changed").length, "change"),
    hosts.length === 1
      ? `done at ${time(endOf(shown))}`
      : `done at ${time(middle(hosts.map(endOf)))}, the last at ${time(Math.max(...hosts.map(endOf)))}`,
    ...(contentSent(shown) > 0 ? [`${amount(contentSent(shown))} sent`] : []),
    ...(connection === undefined ? [] : [plural(connection.channels, "SSH channel")]),
  ];
  return html`${sign(state)} <strong>${groupName({ shown, hosts })}</strong> <span class="muted">${facts.join(" · ")}</span>`;
};

const alikeText = ({ shown, hosts }: HostGroup): Markup | undefined =>
  hosts.length === 1
    ? undefined
    : html`<p>The same happened on ${plural(hosts.length, "host")}; ${shown.name} is shown, which was done in the middle of them.</p>
<details class="changes"><summary>Their names</summary><p class="names">${hosts.map(({ name }) => name).join(" ")}</p></details>`;

/** All that is known of a host, folded up unless something is wrong with it. */
export const hostDetails = (group: HostGroup, run: RunRecord, isDecisive: (unit: UnitRecord) => boolean): Markup => {
  const { shown } = group;
  const isBad = shown.failure !== undefined || shown.units.some(({ state }) => state === "failed");
  const warnings =
    shown.warnings.length > 0 && html`<h4>Warnings</h4><ul>${shown.warnings.map((text) => html`<li>${cut(text, 1000)}</li>`)}</ul>`;
  return html`<details class="host"${isBad && html` open`}><summary>${summaryOf(group)}</summary>
<div class="inside">${alikeText(group)}
${shown.machine && html`<p class="muted">${[shown.machine.address, shown.machine.os, shown.machine.kernel].filter(Boolean).join(" · ")}</p>`}
${shown.failure && html`<p><span class="sign failed" aria-hidden="true">✕</span> ${cut(shown.failure.message, 1000)}</p>`}
${shown.units.length > 0 && stepsTable(shown, run, isDecisive)}
${waitsOf(shown, run)}
${changesOf(shown, run)}
${warnings}</div></details>
`;
};
