import type { HostEvidence } from "../evidence.ts";
import { few, nowOn, onEachMember } from "../look.ts";
import type { ContainerState } from "../questions/containers.ts";
import type { Rule } from "../rule.ts";

const components = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];

/** Milliseconds after its last word within which a container that is down is one that fails, not one that was taken away. */
const recently = 10 * 60_000;

/** Down, and started more than once, or ended by itself right after its first start. */
export const keepsEnding = (on: HostEvidence, { running, attempt, log }: ContainerState): boolean => {
  const last = log.findLast(({ at }) => at !== undefined)?.at ?? nowOn(on);
  return running === false && attempt > 0 && nowOn(on) - last < recently;
};

/** Of a log the lines that sound like an end; else its last. */
export const lastWords = ({ log }: ContainerState): readonly string[] => {
  const loud = log.filter(({ text }) => /\b[EF]\d{4} |error|fatal|panic|fail|refused/i.test(text));
  return few((loud.length > 0 ? loud : log).map(({ text }) => text));
};

export const componentCrash: Rule = {
  id: "component-crash",
  question: "Does a component of the control plane end again and again?",
  find: onEachMember((on) => {
    const down = on.containers.find(
      (one) => components.includes(one.container) && keepsEnding(on, one) && on.runtime.manifests.includes(one.container),
    );
    if (down === undefined) return undefined;
    return {
      cause: `${down.container} ends again and again (${down.attempt} restarts)`,
      remedy: `the end of its log tells why: /var/log/pods/${down.namespace}_${down.pod}_*/${down.container}/`,
      certainty: "likely",
      seen: lastWords(down),
    };
  }),
};
