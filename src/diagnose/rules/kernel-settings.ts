import { kernelModules, kernelSettings } from "../../templates/host/kernel.ts";
import { onEachMember } from "../look.ts";
import type { Rule } from "../rule.ts";

export const kernelSettingsRule: Rule = {
  id: "kernel-settings",
  question: "Does the kernel lack a setting or a module that pods' traffic needs?",
  find: onEachMember((on, { cluster }) => {
    const values: Readonly<Record<string, string>> = on.facts.sysctls.values;
    const modules: Readonly<Record<string, string>> = on.facts.modules;
    const wrong = Object.entries(kernelSettings(cluster)).filter(([key, value]) => values[key] !== undefined && values[key] !== value);
    const absent = kernelModules(cluster).filter((name) => modules[name] === "absent");
    if ((wrong.length === 0 && absent.length === 0) || !on.facts.kubernetes.hasKubeletConfig) return undefined;
    const [[key, wanted] = ["", ""]] = wrong;
    return {
      cause:
        wrong.length > 0
          ? `the kernel setting ${key} is ${values[key]}, not ${wanted}: traffic of pods does not get through`
          : `the kernel has no module ${absent.join(", ")}`,
      remedy:
        wrong.length > 0
          ? `"sysctl --system" sets what /etc/sysctl.d has; see which other file there sets ${key}`
          : "install the modules of this kernel (linux-modules-extra, kernel-modules-extra)",
      certainty: "likely",
      seen: wrong.map(([name, value]) => `${name} = ${values[name]}, wanted ${value}`),
    };
  }),
};
