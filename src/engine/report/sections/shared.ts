import { elapsed, plural, some } from "../../progress/words.ts";
import type { HostGroup } from "../alike.ts";
import { html, type Markup } from "../markup.ts";
import type { UnitRecord } from "../record.ts";

/** A part of the page with a heading of its own; empty when there is nothing in it. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Markup | undefined;
}

type State = UnitRecord["state"] | "waiting" | "changed";

/** Each state has a sign of its own: colour alone says nothing to some eyes, and on paper. */
const signs: Readonly<Record<State, string>> = {
  done: "✓",
  changed: "✓",
  failed: "✕",
  skipped: "–",
  cancelled: "○",
  running: "…",
  waiting: "…",
};

export const sign = (state: State): Markup => html`<span class="sign ${state}" aria-hidden="true">${signs[state]}</span>`;

/** Milliseconds as a person reads them; a dash for what takes no time worth the name. */
export const time = (milliseconds: number): string => (milliseconds < 50 ? "–" : elapsed(milliseconds));

/** A group by the name of the host that stands for it. */
export const groupName = ({ shown, hosts }: HostGroup): string =>
  hosts.length === 1 ? shown.name : `${shown.name} and ${plural(hosts.length - 1, "host")} alike`;

/** A cell that says what was done, and below it where. */
export const stepAndHost = (title: string, host: string): Markup => html`${title} <span class="where">${host}</span>`;

/** All names, in a few words. */
export const hostNames = (names: readonly string[], most = 8): string => some(names, most);

/** A sentence about a host as it is told of several. */
export const impersonal = (text: string, host: string | undefined): string => {
  if (host === undefined || host === "") return text;
  const name = host.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return text.replaceAll(new RegExp(String.raw`(?<![\w.-])${name}(?![\w-])`, "g"), "this host");
};

/** A table that may be wider than a phone scrolls by itself; whoever has no mouse can reach it with the keyboard. */
export const scrolling = (label: string, table: Markup): Markup =>
  html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${table}</div>`;

interface Column {
  readonly title: string;
  /** Numbers stand under each other. */
  readonly numeric?: boolean;
  /** Left out where there is no room; what it says is said elsewhere, too. */
  readonly spare?: boolean;
}

type Cell = Markup | string;

const classOf = ({ numeric, spare }: Column): string => [numeric && "number", spare && "spare"].filter(Boolean).join(" ");

/** A table whose first column names its rows. */
export const table = (caption: string, columns: readonly Column[], rows: readonly (readonly Cell[])[]): Markup => html`<table>
<caption>${caption}</caption>
<thead><tr>${columns.map((column) => html`<th scope="col" class="${classOf(column)}">${column.title}</th>`)}</tr></thead>
<tbody>${rows.map(
  (cells) =>
    html`<tr>${cells.map((cell, index) =>
      index === 0
        ? html`<th scope="row">${cell}</th>`
        : html`<td class="${columns[index] === undefined ? "" : classOf(columns[index])}">${cell}</td>`,
    )}</tr>
`,
)}</tbody>
</table>`;
