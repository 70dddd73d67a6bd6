import { type Check, everyHost } from "../check.ts";

/** Oldest kernel on which Kubernetes is tested: 5.4, by kubernetes/system-validators. */
const oldest = [5, 4] as const;

export const kernel: Check = {
  id: "kernel",
  aliases: ["SystemVerification"],
  question: "Is the kernel one that Kubernetes is tested on?",
  severity: "warning",
  appliesTo: everyHost,
  ask: ({ facts: { machine } }) => {
    const [, major, minor] = /^(\d+)\.(\d+)/.exec(machine.kernel) ?? [];
    if (major === undefined || Number(major) > oldest[0] || (Number(major) === oldest[0] && Number(minor) >= oldest[1])) return undefined;
    return {
      problem: `kernel ${machine.kernel} is older than ${oldest.join(".")}`,
      remedy: "upgrade the kernel or the distribution; Kubernetes is not tested on it",
    };
  },
};
