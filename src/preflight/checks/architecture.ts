import { bundleMaker } from "../../supply/maker.ts";
import { needsBundle } from "../../supply/provision.ts";
import { type Check, everyHost } from "../check.ts";
import { provisionOn } from "../roles.ts";
import { listed } from "../words.ts";

export const architecture: Check = {
  id: "architecture",
  question: "Is there content for this machine's architecture?",
  severity: "error",
  appliesTo: everyHost,
  ask: (context) => {
    const { facts, platforms } = context;
    const { machine } = facts;
    if (machine.machine === "") return undefined;
    if (machine.system !== "Linux" || machine.architecture === undefined) {
      return {
        problem: `this is a ${machine.system} ${machine.machine} machine`,
        remedy: "use Linux on amd64 (x86_64) or arm64 (aarch64)",
      };
    }
    const wanted = `linux/${machine.architecture}`;
    if (platforms === undefined || platforms.includes(wanted) || !needsBundle(provisionOn(context))) return undefined;
    return {
      problem: `the bundle has nothing for ${wanted}`,
      evidence: `it holds ${listed(platforms)}`,
      remedy: `name a bundle for ${wanted} (spec.supply.bundle), or make one on such a machine with ${bundleMaker()}`,
    };
  },
};
