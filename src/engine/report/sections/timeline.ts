import { amount } from "../../progress/words.ts";
import type { HostGroup } from "../alike.ts";
import { marksTo, markText } from "../axis.ts";
import { inLanes } from "../lanes.ts";
import { html, type Markup } from "../markup.ts";
import { contentSent, lengthOf, waited } from "../measure.ts";
import type { Interval, RunRecord, Sent, UnitRecord } from "../record.ts";
import type { Selection } from "../selection.ts";
import { groupName, type Section, time } from "./shared.ts";

/** What a bar of the timeline is drawn on. */
interface Canvas {
  /** Milliseconds from its left end to its right one. */
  readonly end: number;
  readonly titles: RunRecord["phases"];
  /** Whether a unit is on the critical path. */
  readonly isDecisive: (unit: UnitRecord) => boolean;
}

/** A bar has room for its name from this part of the width on. */
const roomForText = 0.13;

/** What even the shortest bar takes of the width. */
const leastWidth = 0.006;

/** What takes less than this part of the width is not drawn, unless something was the matter with it. */
const worthABar = 0.002;

const percent = (part: number, whole: number): string => ((part / whole) * 100).toFixed(2);

const place = ({ from, to }: Interval, within: Interval): string =>
  `left:${percent(from - within.from, lengthOf(within))}%;width:${percent(to - from, lengthOf(within))}%`;

const words = (title: string, unit: UnitRecord): string => {
  const wait = waited(unit);
  return `${title}: ${unit.state}, ${time(lengthOf(unit))}${wait > 0 ? `, ${time(wait)} of it waiting` : ""}`;
};

const unitBar = (unit: UnitRecord, { end, titles, isDecisive }: Canvas): Markup => {
  const title = titles.get(unit.phase)?.title ?? unit.phase;
  const waits = lengthOf(unit) > 0 ? unit.waits.filter((wait) => lengthOf(wait) > lengthOf(unit) * 0.01) : [];
  const failed = unit.state === "failed" ? "✕ " : "";
  return html`<span class="bar ${unit.state}${isDecisive(unit) ? " decisive" : ""}" style="${place(unit, { from: 0, to: end })}" title="${words(title, unit)}">${waits.map((wait) => html`<i style="${place(wait, unit)}"></i>`)}${(lengthOf(unit) >= end * roomForText || failed !== "") && html`<b>${failed}${title}</b>`}</span>`;
};

const sentBar = (sent: Sent, { end }: Canvas): Markup =>
  html`<span class="bar content" style="${place(sent, { from: 0, to: end })}" title="${amount(sent.bytes)} of content sent">${lengthOf(sent) >= end * roomForText && html`<b>${amount(sent.bytes)} sent</b>`}</span>`;

const isWorthABar = (unit: UnitRecord, { end, isDecisive }: Canvas): boolean =>
  lengthOf(unit) >= end * worthABar || unit.state !== "done" || isDecisive(unit);

const lane = (bars: readonly Markup[], kind = ""): Markup => html`<div class="lane ${kind}">${bars}</div>`;

const row = (group: HostGroup, canvas: Canvas): Markup => {
  const { shown } = group;
  const least = canvas.end * leastWidth;
  const units = shown.units.filter((unit) => unit.begun && isWorthABar(unit, canvas));
  const content = contentSent(shown);
  const facts = [...(shown.machine?.roles ?? []), ...(content > 0 ? [`${amount(content)} sent`] : [])].join(", ");
  return html`<div class="row"><div class="who"><strong>${groupName(group)}</strong> <span class="muted">${facts}</span></div>
<div class="lanes">${inLanes(shown.sent, least).map((bars) =>
    lane(
      bars.map((sent) => sentBar(sent, canvas)),
      "thin",
    ),
  )}${inLanes(units, least).map((bars) => lane(bars.map((unit) => unitBar(unit, canvas))))}</div></div>
`;
};

const axis = (end: number): Markup => {
  const marks = marksTo(end).map((mark) => html`<span style="left:${percent(mark, end)}%">${markText(mark)}</span>`);
  return html`<div class="row axis"><div class="who"></div><div class="lanes">${marks}</div></div>`;
};

const legend = html`<ul class="legend">
<li><span class="bar key done"></span> work</li>
<li><span class="bar key done"><i style="left:0;width:100%"></i></span> waiting</li>
<li><span class="bar key content"></span> content on its way</li>
<li><span class="bar key done decisive"></span> on the critical path</li>
<li><span class="bar key failed"><b>✕</b></span> failed</li>
<li><span class="bar key cancelled"></span> cancelled, or without an end</li>
</ul>`;

/** A picture of who did what when. What it shows stands in the hosts' tables in words. */
export const timelineSection = ({ full, brief }: Selection, canvas: Canvas): Section => {
  const rows = full.filter(({ shown }) => shown.units.some(({ begun }) => begun));
  const body = html`${legend}
<figure aria-label="Timeline">
<div class="timeline" aria-hidden="true">${axis(canvas.end)}
${rows.map((group) => row(group, canvas))}</div>
<figcaption>The tables under <a href="#hosts">Hosts</a> tell the same in words, with steps too short to be drawn.${brief.length > 0 && html` Hosts that are not drawn are listed there, too.`}</figcaption>
</figure>`;
  return { id: "timeline", title: "Timeline", body: rows.length === 0 || canvas.end <= 0 ? undefined : body };
};
