import { isLabelValue, isQualifiedName } from "../../shared/names.ts";
import { nearest } from "../../shared/nearest.ts";
import { didYouMean, type Finding, oneOf, show } from "../problems.ts";
import type { Path } from "../schema.ts";
import { isTaintEffect, parseTaint, taintEffects } from "../short-forms.ts";
import { eachHost, type Rule, when } from "./rule.ts";

const keyHint = "an optional DNS name and `/`, then at most 63 letters, digits, `-`, `_` and `.`";
const valueHint = "at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends";

export const labels: Rule = (view) =>
  eachHost(view, (host, path) =>
    Object.entries(host.labels ?? {}).flatMap(([key, value]) => [
      ...when(!isQualifiedName(key), {
        path: [...path, "labels", key],
        at: "key",
        message: `${show(key)} is not the key of a label`,
        hint: keyHint,
      }),
      ...when(!isLabelValue(value), {
        path: [...path, "labels", key],
        message: `${show(value)} is not the value of a label`,
        hint: valueHint,
      }),
    ]),
  );

/** Labels that a kubelet or kbs sets; a wish for another value would be overwritten for ever. */
const owned = ["kubernetes.io/hostname", "kubernetes.io/arch", "kubernetes.io/os", "node-role.kubernetes.io/control-plane"];

export const ownedLabels: Rule = (view) =>
  eachHost(view, (host, path) =>
    owned.flatMap((key) =>
      when(host.labels?.[key] !== undefined, {
        path: [...path, "labels", key],
        at: "key",
        message: `the label ${key} is set by Kubernetes or kbs itself`,
      }),
    ),
  );

export const judgeTaint = (path: Path, taint: { key?: string; value?: string; effect?: string }): Finding[] => {
  const { key, value = "", effect } = taint;
  return [
    ...when(key !== undefined && !isQualifiedName(key), { path, message: `${show(key)} is not the key of a taint`, hint: keyHint }),
    ...when(!isLabelValue(value), { path, message: `${show(value)} is not the value of a taint`, hint: valueHint }),
    ...when(effect !== undefined && !isTaintEffect(effect), {
      path,
      message: effect === "" ? "a taint ends with :Effect" : `${show(effect)} is not the effect of a taint`,
      hint: didYouMean(nearest(effect ?? "", taintEffects)) ?? `one of ${oneOf(taintEffects)}: dedicated=gpu:NoSchedule, say`,
    }),
  ];
};

export const taints: Rule = (view) =>
  eachHost(view, (host, path) => {
    const seen = new Set<string>();
    return (host.taints ?? []).flatMap((written, index) => {
      const taint = typeof written === "string" ? parseTaint(written) : written;
      const place = [...path, "taints", index];
      const id = `${taint.key}:${taint.effect}`;
      const twice = taint.key !== undefined && seen.has(id);
      seen.add(id);
      return [...judgeTaint(place, taint), ...when(twice, { path: place, message: `a taint ${id} is there already` })];
    });
  });
