import { bytes } from "../../preflight/words.ts";
import { containerNamed, few, onEachMember, seenIn } from "../look.ts";
import type { Rule } from "../rule.ts";

const signs = /database space exceeded|ALARM NOSPACE|alarm raised|CORRUPT/i;

export const etcdAlarm: Rule = {
  id: "etcd-alarm",
  question: "Has etcd raised an alarm, because its database is full or corrupt?",
  find: onEachMember((on) => {
    const { health = "", size = 0, quota } = on.etcd ?? {};
    const [, alarm] = /ALARM (\w+)/.exec(health) ?? [];
    if (alarm === undefined) return undefined;
    const isFull = alarm === "NOSPACE";
    return {
      cause: isFull
        ? `etcd's database is full (${bytes(size)}${quota === undefined ? "" : ` of ${bytes(quota)}`}): it takes no more writes`
        : `etcd has raised the alarm ${alarm}: its members differ`,
      remedy: isFull
        ? "compact and defragment it, then disarm the alarm (etcdctl compact, defrag, alarm disarm); or raise quota-backend-bytes in spec.etcd.extraArgs"
        : "restore etcd from a backup, or remove the member whose data differ and let it join again",
      certainty: "certain",
      seen: few(seenIn(containerNamed(on, "etcd")?.log ?? [], signs, on)),
    };
  }),
};
