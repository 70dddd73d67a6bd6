import { elapsed, plural } from "../../progress/words.ts";
import { gaps } from "../critical-path.ts";
import type { DecisiveStretch } from "../decisive.ts";
import { html, type Markup } from "../markup.ts";
import { lengthOf } from "../measure.ts";
import { type Section, scrolling, stepAndHost, table, time } from "./shared.ts";

/** Shorter stretches share a row: a part of the whole. */
const worthARow = 0.005;

const share = (part: number, whole: number): Markup => {
  const percent = Math.round((part / whole) * 100);
  return html`<span class="share"><span style="width:${percent}%"></span></span>${percent} %`;
};

const waitText = ({ waited, reason }: DecisiveStretch): string =>
  waited <= 0 ? "–" : `${time(waited)}${reason === undefined ? "" : `: ${reason.length > 60 ? `${reason.slice(0, 59)}…` : reason}`}`;

/** The steps that the whole run waited for: making one of them faster makes the run faster, as long as it stays on the path. */
export const criticalSection = (path: readonly DecisiveStretch[]): Section => {
  const end = path.at(-1)?.to ?? 0;
  const long = path.filter((stretch) => lengthOf(stretch) >= end * worthARow);
  const short = path.filter((stretch) => !long.includes(stretch));
  const rows = long.map((stretch) => [
    stepAndHost(stretch.title, stretch.host ?? (stretch.step === gaps.start ? "this machine" : "all hosts")),
    elapsed(stretch.from),
    time(lengthOf(stretch)),
    waitText(stretch),
    share(lengthOf(stretch), end),
  ]);
  const rest = short.reduce((sum, stretch) => sum + lengthOf(stretch), 0);
  const columns = [
    { title: "Step" },
    { title: "Began", numeric: true, spare: true },
    { title: "Took", numeric: true },
    { title: "Of it waiting" },
    { title: "Share", numeric: true, spare: true },
  ];
  const body = html`<p>From the end backwards, each stretch of time belongs to the step that was waited for. Only these steps decided how long the run took; on all others there was time to spare.</p>
${scrolling("Critical path", table("Critical path, in the order of time", columns, rows))}
${short.length > 0 && html`<p class="muted">And ${plural(short.length, "shorter step")} of ${elapsed(rest)} in all.</p>`}`;
  return { id: "path", title: "What decided how long it took", body: long.length === 0 ? undefined : body };
};
