import { few, onEachMember, seenIn } from "../look.ts";
import type { Rule } from "../rule.ts";

const signs =
  /unknown flag: |flag provided but not defined: |invalid argument "[^"]*" for "--|unrecognized feature gate|cannot set feature gate|invalid value .* for flag/i;
const flagIn = /(?:unknown flag: |not defined: |for "?)(-{1,2}[\w-]+)/;

/** Where the file has a component's flags. */
const keyOf: Readonly<Record<string, string>> = {
  "kube-apiserver": "spec.kubernetes.apiServer.extraArgs",
  "kube-controller-manager": "spec.kubernetes.controllerManager.extraArgs",
  "kube-scheduler": "spec.kubernetes.scheduler.extraArgs",
  etcd: "spec.etcd.extraArgs",
};

export const componentFlag: Rule = {
  id: "component-flag",
  question: "Does a component of the control plane refuse a flag?",
  find: onEachMember((on) => {
    for (const { container, log, running } of on.containers) {
      const key = keyOf[container];
      const last = running === true || key === undefined ? undefined : seenIn(log, signs, on).at(-1);
      if (last === undefined) continue;
      const flag = flagIn.exec(last)?.[1];
      return {
        cause: `${container} does not start: ${flag === undefined ? "it refuses one of its flags" : `it refuses its flag ${flag}`}`,
        remedy: `correct ${key} in the file and run the create again; a manifest that was edited by hand is mended by that, too`,
        certainty: "certain",
        seen: few([last]),
      };
    }
    return undefined;
  }),
};
