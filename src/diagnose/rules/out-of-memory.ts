import { bytes } from "../../preflight/words.ts";
import { few, onEach } from "../look.ts";
import type { Rule } from "../rule.ts";

/** Seconds: a process that was killed longer ago has been started again. */
const recently = 30 * 60;
/** What must be available for new processes, of all memory. */
const share = 0.03;
const killed = /(?:Memory cgroup out of memory|Out of memory): Killed process \d+ \(([^)]+)\)/i;
/** What a node cannot do without. */
const ours = /^(kubelet|containerd|etcd|kube-|coredns|flanneld|runc)/;

export const outOfMemory: Rule = {
  id: "out-of-memory",
  question: "Does the kernel kill processes for want of memory?",
  find: onEach((on) => {
    const { uptime } = on.facts.clock;
    const recent = on.kernelLog.filter((line) => uptime === undefined || uptime - line.uptime < recently);
    const victims = recent.flatMap(({ text }) => killed.exec(text)?.[1] ?? []);
    const { total, available } = on.memory;
    const short = total !== undefined && available !== undefined && available < total * share;
    const dear = victims.filter((name) => ours.test(name));
    if (dear.length === 0 && !short) return undefined;
    const names = [...new Set(dear)].join(", ");
    return {
      cause:
        dear.length > 0
          ? `the kernel has killed ${names} for want of memory`
          : `memory is used up: ${bytes(available ?? 0)} of ${bytes(total ?? 0)} are available`,
      remedy: 'give the host more memory, or run less on it ("ps -eo rss,comm --sort=-rss | head" shows who has it)',
      certainty: dear.length > 0 ? "certain" : "likely",
      seen: few(recent.map(({ text }) => text).filter((text) => killed.test(text))),
    };
  }),
};
