import { killSession, runDirectory } from "./base.ts";
import { endSessions } from "./hold.ts";
import { sh } from "./tag.ts";

/** Tenths of a second that the change in flight of the other run has to end by itself. */
const lastTenths = 100;

/**
 * Takes the lease away from a run, and from no other: its messages are turned away from the first line on, its holder is ended, and after the
 * change in flight everything that it has started. Says "gone" when that run does not hold the host any more.
 * Arguments: run id.
 */
export const unlockScript = sh`
u=${runDirectory}
read -r _ _ _ _ _ sid _ </proc/$$/stat
${killSession}
${endSessions}
unlock() {
  [ "$(cat $u/run 2>/dev/null)" = "$1" ] || { echo gone; exit 0; }
  rm -f $u/run
  [ ! -f $u/holder ] || { read -r k k_start <$u/holder; killsession "$k" "$k_start"; }
  endsessions ${lastTenths}
  flock -w 10 $u/lease.lock rm -f $u/owner $u/holder $u/record.* $u/open $u/session.* || { echo "its holder does not end"; exit 1; }
}
`;
