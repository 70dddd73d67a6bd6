import { killSession } from "./base.ts";
import { sh } from "./tag.ts";

/** Seconds without a sign of life after which a lease ends by itself. The holder sends one every third of it. */
export const leaseSeconds = 45;

/**
 * Takes the lease: an exclusive lock held by this very process for as long as its stdin gives signs of life, so that it ends with the
 * operator's process, with the connection, or with the host, and never by anyone's clock. What a killed run left behind is ended, and what
 * cannot be ended is waited out, before the new run's name is written.
 * Arguments: run id, owner (one line).
 */
export const hold = sh`
${killSession}
hold() {
  mkdir -p -m 700 $u && exec 8>>$u/lease.lock || { f 0 failed 1 "cannot write to $u"; exit 0; }
  flock -w 2 8 || { f 0 busy 0 "$(cat $u/owner 2>/dev/null)"; exit 0; }
  rm -f $u/run
  for s in $u/session.*; do
    [ -f "$s" ] || continue
    read -r k k_start <"$s"; killsession "$k" "$k_start"; rm -f "$s"
  done
  for l in main images blobs; do
    exec 9>>$u/$l.lock
    flock -w 60 9 || { f 0 busy 0 "$(cat $u/owner 2>/dev/null)"; exit 0; }
    flock -u 9; exec 9>&-
  done
  printf '%s\n' "$2" >$u/owner && printf '%s' "$1" >$u/run
  f 0 answer 0 "$(cat $d/cluster 2>/dev/null)"
  while x=$(timeout ${leaseSeconds} head -c 1) && [ "$x" = . ]; do :; done
  [ "$(cat $u/run)" = "$1" ] && rm -f $u/run $u/owner
  exit 0
}
`;
