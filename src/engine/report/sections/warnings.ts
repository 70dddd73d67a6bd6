import { cut } from "../cut.ts";
import { html } from "../markup.ts";
import type { RunRecord } from "../record.ts";
import { hostNames, impersonal, type Section } from "./shared.ts";

/** Every warning once, with the hosts it is about. */
export const warningsSection = ({ warnings, hosts }: RunRecord): Section => {
  const all = [
    ...warnings.map((text) => ({ text, host: undefined })),
    ...[...hosts.values()].flatMap(({ name, warnings: texts }) => texts.map((text) => ({ text, host: name }))),
  ];
  const groups = [...Map.groupBy(all, ({ text, host }) => impersonal(text, host)).values()];
  const items = groups.map((group) => {
    const [{ text, host: only } = { text: "", host: undefined }] = group;
    const told = group.length === 1 ? text : impersonal(text, only);
    const names = group.flatMap(({ host }) => host ?? []);
    return html`<li><span class="sign cancelled" aria-hidden="true">!</span> ${cut(told, 2000)}${names.length > 0 && html` <span class="muted">${hostNames([...new Set(names)], 12)}</span>`}</li>`;
  });
  return { id: "warnings", title: "Warnings", body: items.length === 0 ? undefined : html`<ul class="plain">${items}</ul>` };
};
