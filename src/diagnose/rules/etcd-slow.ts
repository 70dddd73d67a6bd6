import { containerNamed, few, onEachMember, seenIn } from "../look.ts";
import type { Rule } from "../rule.ts";

/** Seconds. etcd wants 0.01; its heartbeat is 0.1 and its election timeout 1, so that half of that loses leaders. */
const slow = 0.128;
const harmful = 0.512;
/** Fewer writes say nothing. */
const enough = 200;
/** Warnings of some minutes that are no accident any more. */
const many = 5;
const signs =
  /slow fdatasync|apply request took too long|leader failed to send out heartbeat on time|waiting for ReadIndex response took too long/;

export const etcdSlow: Rule = {
  id: "etcd-slow-disk",
  question: "Is the disk too slow for etcd?",
  find: onEachMember((on) => {
    const { fsync, leaderChanges = 0 } = on.etcd ?? {};
    const log = containerNamed(on, "etcd")?.log ?? [];
    const said = seenIn(log, signs, on);
    const p99 = fsync !== undefined && fsync.count >= enough ? fsync.p99 : 0;
    if (p99 < slow || (p99 < harmful && said.length < many && leaderChanges < 4)) return undefined;
    return {
      cause: `the disk is slow for etcd: one write in a hundred takes ${Math.round(p99 * 1000)} ms or longer to be on it; 10 ms is what etcd wants`,
      remedy:
        "put etcd's data on a disk of its own, an SSD if there is one, that is mounted where they are now; and see who else writes there",
      certainty: p99 >= harmful ? "likely" : "possible",
      seen: few([...said, `99 % of ${fsync?.count} writes were synced within ${p99} s; ${leaderChanges} changes of leader`]),
    };
  }),
};
