import { sh } from "./tag.ts";

/** Where kbs keeps its truth on a host. Only root can read it. */
export const stateDirectory = "/var/lib/kbs";

/** Locks and owners: gone after a reboot, as are the processes that held them. */
export const runDirectory = "/run/kbs";

/**
 * What every script starts with. `n` is the nonce, set by the loader.
 * f: one framed record (index, state, code, text). The length is in bytes because LC_ALL=C.
 * run: a script under a time limit with nothing on stdin; output in o, exit code in c.
 * The first frame tells the session id, by which all that this message started can be ended.
 */
export const base = sh`
d=${stateDirectory}; u=${runDirectory}
f() { printf '%s %s %s %s %s\n%s\n' "$n" "$1" "$2" "$3" "$\{#4}" "$4"; }
run() { o=$(timeout -k 5 "$1" /bin/sh -c "$2" </dev/null 2>&1; echo ".$?"); c=$\{o##*.}; o=$\{o%.*}; }
# All of these on disk: one by one, or, where little waits to be written, by the file systems that they are in. That takes a file system's journal one
# commit instead of one for each of many small new files. Before Linux 5.8 it would keep errors to itself.
on_disk() {
  [ $# -gt 3 ] && little_waits || { sync "$@"; return; }
  sync -f $(stat -c '%d %n' -- "$@" | sort -u -k1,1 | cut -d' ' -f2-)
}
little_waits() {
  IFS=. read -r major minor _ </proc/sys/kernel/osrelease; minor=$\{minor%%[!0-9]*}
  [ "$major" -gt 5 ] || { [ "$major" -eq 5 ] && [ "$minor" -ge 8 ]; } || return 1
  while read -r name kib _; do
    case $name in Dirty:) [ "$kib" -lt 65536 ] || return 1 ;; Writeback:) [ "$kib" -lt 65536 ]; return ;; esac
  done </proc/meminfo
}
tail8() { printf %s "$1" | tail -c 8192; }
read -r _ _ _ _ _ sid _ </proc/$$/stat
f 0 hello 0 "$sid"
`;

/**
 * Ends every process of a session, except this one's own: first politely, then not (signal 0 only looks again). A parent before its
 * children, which are younger: a script must not read the death of its child as an answer, and go on with it. One that has ended and that nobody
 * has buried counts as ended. The leader's start time proves that the id was not reused.
 * Arguments: session id, start time of its leader in clock ticks or "-".
 */
export const killSession = sh`
members() { for p in /proc/[0-9]*; do read -r line <"$p/stat" 2>/dev/null || continue; set -- $\{line##*) }; [ "$4" = "$k" ] && [ "$1" != Z ] && echo "$\{p#/proc/}"; done | sort -n; }
started() { line=; read -r line <"/proc/$1/stat" 2>/dev/null || return 1; set -- $\{line##*) }; [ "$1" != Z ] || return 1; shift 19; [ "$1" = "$k_start" ]; }
killsession() {
  k=$1; k_start=$2
  [ "$k" = "$sid" ] && return
  if [ "$k_start" != - ]; then started "$k" || return 0; fi
  for signal in TERM 0 0 TERM 0 0 KILL 0; do
    m=$(members 2>/dev/null); [ -n "$m" ] || return 0
    kill -$signal $m 2>/dev/null; sleep 0.1
  done
}
`;

/**
 * Enters the host's message lock as the run that holds its lease; anyone else is turned away before anything is read or changed,
 * and so is a message of a run that was told to stop.
 * Leaves its session id where the next run finds it, should this one be killed.
 * Arguments: run id, lock name, seconds to wait for the lock.
 */
export const enter = sh`
held_by() { held=; read -r held 2>/dev/null <$u/run; [ "$held" = "$1" ]; }
enter() {
  if ! held_by "$1"; then f 0 fenced 0 "$(cat $u/owner 2>/dev/null)"; exit 0; fi
  exec 9>"$u/$2.lock"
  flock -w "$3" 9 || { f 0 busy 0 "$(cat $u/owner 2>/dev/null)"; exit 0; }
  held_by "$1" || { f 0 fenced 0 "$(cat $u/owner 2>/dev/null)"; exit 0; }
  [ ! -e $u/stop ] || { f 0 stopped 0 ''; exit 0; }
  line=; read -r line <"/proc/$sid/stat"; set -- $\{line##*) }; shift 19
  echo "$sid $1" >"$u/session.$sid.$$"
  trap 'rm -f "$u/session.$sid.$$"' EXIT
  # Nobody may be listening any more: the change in flight is finished and noted all the same, and the lease's end stops the rest.
  trap '' PIPE
}
`;
