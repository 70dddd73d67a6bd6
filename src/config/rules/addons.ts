import { nearest } from "../../shared/nearest.ts";
import { addonNames } from "../defaults.ts";
import { didYouMean, oneOf, show } from "../problems.ts";
import { type Rule, when } from "./rule.ts";

export const knownAddons: Rule = ({ file }) => {
  const seen = new Set<string>();
  return (file.spec?.addons ?? []).flatMap(({ name }, index) => {
    if (name === undefined) return [];
    const path = ["spec", "addons", index, "name"];
    const twice = seen.has(name);
    seen.add(name);
    const known = addonNames.some((addon) => addon === name);
    return [
      ...when(!known, {
        path,
        message: `there is no add-on ${show(name)}`,
        hint: didYouMean(nearest(name, addonNames)) ?? `there is ${oneOf(addonNames)}`,
      }),
      ...when(twice, { path, message: `the add-on ${name} is listed twice` }),
    ];
  });
};
