import { plural } from "../../progress/words.ts";
import { html } from "../markup.ts";
import type { RunRecord, UnitRecord } from "../record.ts";
import type { Selection } from "../selection.ts";
import { hostDetails, summaryOf } from "./host.ts";
import type { Section } from "./shared.ts";

/** Every host: in full where there is room, at least in a line. */
export const hostsSection = ({ full, brief }: Selection, run: RunRecord, isDecisive: (unit: UnitRecord) => boolean): Section => {
  const others =
    brief.length > 0 &&
    html`<details class="host"><summary>${plural(brief.length, "host")} more, a line each</summary><ul class="plain inside">${brief.map((group) => html`<li>${summaryOf(group)}</li>`)}</ul></details>`;
  const body = html`<p>What was done on each, step by step, and what was changed. ◆ marks the critical path.</p>${full.map((group) => hostDetails(group, run, isDecisive))}${others}`;
  return { id: "hosts", title: "Hosts", body: full.length === 0 ? undefined : body };
};
