import { killSession, stateDirectory } from "./base.ts";
import { sh } from "./tag.ts";

/** Seconds without a sign of life after which a lease ends by itself. The holder sends one every third of it. */
export const leaseSeconds = 45;

/** Of how many runs the journal keeps lines and record, and how many more may come before the older ones go. */
const runsKept = 50;
const runsMore = 10;

/** Tenths of a second that a change in flight has to end when nobody holds the lease any more. */
const lastTenths = 300;

/** awk: what a line of the journal says. Lines that are none are passed over. */
const journalLine = `{ run = $2; word = $3; if (NF < 4 || word !~ /^(begun|done|left|undone)$/) next; id = $0; sub(/^[^ ]+ [^ ]+ [^ ]+ /, "", id) }`;

/** Prints the ids of changes that were begun, and of which nothing came after that. d is the state directory. */
export const openChanges = sh`awk '${journalLine} { is[id] = word } END { for (id in is) if (is[id] == "begun") print id }' $d/journal`;

/**
 * Keeps the journal short: lines of the newest runs, and of older ones what is still open; of what is known of executables, the last word.
 * The only writer then is this one: nobody else has the lease, and what the last one left behind has ended.
 */
const compact = sh`
compact() {
  set -- ${stateDirectory}/runs/[0-9]*
  [ $# -gt ${runsKept + runsMore} ] || return 0
  old=
  while [ $# -gt ${runsKept} ]; do old="$old $1"; shift; done
  newest=; for r do r=$\{r##*/}; newest="$newest $\{r#*-}"; done
  awk -v newest="$newest" 'BEGIN { n = split(newest, names, " "); for (i = 1; i <= n; i++) keep[names[i]] = 1 }
    ${journalLine} NR == FNR { last[id] = FNR; is[id] = word; next } (run in keep) || (last[id] == FNR && is[id] == "begun")' $d/journal $d/journal >$d/.journal~ &&
    sync $d/.journal~ && mv $d/.journal~ $d/journal && sync $d && rm -f $old
  [ ! -f $d/digests ] || { awk '{ path = $0; sub(/^[^ ]+ [^ ]+ /, "", path); line[path] = $0 } END { for (path in line) print line[path] }' $d/digests >$d/.digests~ &&
    mv $d/.digests~ $d/digests; }
}
`;

/**
 * Ends what sessions of messages are under way: lets them finish the change in flight, then gives the lock away, should this process have it.
 * Arguments: tenths of a second that they have for it.
 */
export const endSessions = sh`
endsessions() {
  list=
  for s in $u/session.*; do
    [ -f "$s" ] && read -r k k_start <"$s" && started "$k" && list="$list $k $k_start" || rm -f "$s"
  done
  [ -n "$list" ] || return 0
  : >$u/stop; exec 8>&-
  tenths=$1
  while [ $tenths -gt 0 ]; do
    set -- $list; alive=
    while [ $# -gt 0 ]; do k_start=$2; ! started "$1" || alive=1; shift 2; done
    [ -n "$alive" ] || return 0
    sleep 0.2; tenths=$((tenths - 2))
  done
  set -- $list; while [ $# -gt 0 ]; do killsession "$1" "$2"; shift 2; done
}
`;

/**
 * Takes the lease: an exclusive lock held by this very process for as long as its stdin gives signs of life, so that it ends with the
 * operator's process, with the connection, or with the host, and never by anyone's clock. What a killed run left behind is ended, and what
 * cannot be ended is waited out, before the new run's name is written. On stdin: "." is a sign of life; "s" stops what changes the host after
 * the change in flight; "e<how> <when>" and a newline ends the lease, and goes into the run's record.
 *
 *   run      the run that may send messages     owner   whose it is, one line     holder  session of this process, and its start time
 *   record.* what will be the run's record      open    ids of changes that earlier runs have begun, and nobody has ended
 *   stop     while it is there, no change is begun
 *
 * Arguments: run id, owner (one line), the run's record (lines "<word> <value>"), seconds without a sign of life after which it ends by itself.
 */
export const hold = sh`
${killSession}
${endSessions}
${compact}
ended() { # record's name, how and when
  # A run that ended well, with changes of a run that did not still open, was not about those: said once, so that nobody looks for them again.
  if [ -s $u/open ] && [ ! -f "$d/runs/$1" ]; then
    last=; for r in $d/runs/[0-9]*; do last=$r; done
    case $2 in done*) grep -q '^ended done ' "$last" || cat "$u/record.$1" >"$d/runs/$1" ;; esac
  fi
  [ -f "$d/runs/$1" ] || return 0
  { cat "$d/runs/$1"; printf 'ended %s\n' "$2"; } >"$d/runs/.$1" && sync "$d/runs/.$1" && mv "$d/runs/.$1" "$d/runs/$1" && sync $d/runs
}
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
  rm -f $u/stop $u/open $u/record.* $u/contents.* $d/runs/.[0-9]*
  compact
  if [ -f $d/journal ]; then ${openChanges} >$u/open; [ -s $u/open ] || rm -f $u/open; fi
  q=000000; for r in $d/runs/[0-9]*; do [ ! -f "$r" ] || q=$\{r##*/}; done
  q=$\{q%%-*}; q=00000$((1$q - 999999)); name=$\{q#"$\{q%??????}"}-$1
  started_at() { line=; read -r line <"/proc/$1/stat"; set -- $\{line##*) }; shift 19; echo "$1"; }
  printf '%s\n' "$3" >$u/record.$name && printf '%s\n' "$2" >$u/owner && echo "$sid $(started_at "$sid")" >$u/holder && printf '%s' "$1" >$u/run ||
    { rm -f $u/run; f 0 failed 1 "cannot write to $u"; exit 0; }
  f 0 answer 0 "$(cat $d/cluster 2>/dev/null)"
  ending=
  while x=$(timeout "$4" head -c 1 8>&-); do
    case $x in .) ;; s) : >$u/stop ;; e) read -r ending; break ;; *) break ;; esac
  done
  [ "$(cat $u/run 2>/dev/null)" = "$1" ] || exit 0
  [ -z "$ending" ] || ended "$name" "$ending"
  rm -f $u/run $u/owner $u/holder $u/record.* $u/open $u/stop
  endsessions ${lastTenths}
  exit 0
}
`;
