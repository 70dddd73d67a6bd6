/** Where the scripts of a host and this bench meet: on the host, gone after a reboot. */
export const meetingPlace = "/run/kbs-fault";

/**
 * A shell function that is called with "<word> <change>" after each line of the journal: counts it, and stops at the first of
 * those that it was told, until it is let go. A name that holds the second of its making gets one that holds for every run. All in a subshell, since the script's variables are not its own. The lock: lists of two lanes pass boundaries at the same time.
 */
export const boundary = String.raw`
boundary() (
  w=${meetingPlace}
  [ -d $w ] || exit 0
  set -- "$(printf '%s\n' "$1" | sed 's/kubelet-client-2[-0-9]*\.pem/kubelet-client-TIME.pem/')"
  exec 7>>$w/lock; flock 7
  read -r up _ </proc/uptime
  printf '%s %s\n' "$up" "$1" >>$w/passed
  grep -qsF -e " $1" $w/at || exit 0
  n=$(cut -d' ' -f2- $w/passed | grep -cFx -e "$1")
  grep -qFx -e "$n $1" $w/at || exit 0
  rm $w/at
  exec 7>&-
  read -r _ _ _ _ _ session _ </proc/$$/stat
  echo "$session $n $1" >$w/.reached; mv $w/.reached $w/reached
  until [ -e $w/go ]; do sleep 0.02; done
)`;

/** The only match of a pattern. @throws Error when there is none, or another: the bench would not see what it claims to see */
const only = (source: string, pattern: RegExp): RegExpExecArray => {
  const [match, ...others] = source.matchAll(pattern);
  if (!match || others.length > 0)
    throw new Error(`${match ? others.length + 1 : 0} places match ${pattern}, not one: where are the journal's lines written now?`);
  return match;
};

/** The module that defines the shell function `note`, which writes a line of the journal: with a boundary after each line. */
const journal = (source: string): string => {
  const { index } = only(source, /^note\(\) \{/gm);
  const [head, tail] = [source.slice(0, index), source.slice(index + "note() {".length)];
  return `${head.trimEnd()}${boundary}\nnote() { noted "$@" && boundary "$1 $2"; }\nnoted() {${tail}`;
};

/** The module whose script takes everything back: a boundary after each thing, and two while the journal itself is removed. */
const undo = (source: string): string => {
  const line = only(source, /^ *printf '%s .*undone %s\\n' .*>>\$d\/journal$/gm);
  const noted = source.replace(line[0], () => `${line[0]}; boundary "undone $id"`);
  const removal = only(noted, /^remove_own .*$/gm);
  const removed = noted.replace(removal[0], () => `boundary "closed journal"\n${removal[0]}\nboundary "removed journal"`);
  const start = only(removed, /^export const undoScript = sh`$/gm);
  return removed.replace(start[0], () => `${start[0]}${boundary}`);
};

/** How the source of a module is rewritten for a run that is watched, by the end of the module's path. */
export const rewritten: Readonly<Record<string, (source: string) => string>> = {
  "/src/changes/sh/journal.ts": journal,
  "/src/changes/sh/undo.ts": undo,
};
