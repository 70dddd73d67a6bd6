/** Where the scripts of a host and this bench meet: on the host, gone after a reboot. */
export const meetingPlace = "/run/kbs-fault";

/**
 * A shell function that is called with "<word> <change>" after each line of the journal: counts it, and stops where it was told to, until it is
 * let go. All in a subshell, since the script's variables are not its own. The lock: lists of two lanes pass boundaries at the same time.
 */
const boundary = String.raw`
boundary() (
  w=${meetingPlace}
  [ -d $w ] || exit 0
  exec 7>>$w/lock; flock 7
  read -r up _ </proc/uptime
  printf '%s %s\n' "$up" "$1" >>$w/passed
  [ "$1" = "$(cat $w/at 2>/dev/null)" ] || exit 0
  [ "$(cut -d' ' -f2- $w/passed | grep -cFx -e "$1")" = "$(cat $w/nth)" ] || exit 0
  rm $w/at
  exec 7>&-
  read -r _ _ _ _ _ session _ </proc/$$/stat
  echo "$session" >$w/.reached; mv $w/.reached $w/reached
  until [ -e $w/go ]; do sleep 0.02; done
)`;

/**
 * The source of a module whose shell text defines \`note\`, which writes a line of the journal: with a boundary after each line.
 * @throws Error when there is no such function, or more than one: the bench would not see what it claims to see
 */
export const withBoundaries = (source: string): string => {
  const parts = source.split(/^note\(\) \{/m);
  const [head, body] = parts;
  if (head === undefined || body === undefined || parts.length > 2)
    throw new Error(`${parts.length - 1} definitions of the shell function "note", not one: where are the journal's lines written now?`);
  return `${head.trimEnd()}${boundary}\nnote() { noted "$@" && boundary "$1 $2"; }\nnoted() {${body}`;
};
