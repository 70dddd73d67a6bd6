import { markSwap } from "./apply.ts";
import { stateDirectory } from "./base.ts";
import { forget } from "./forget.ts";
import { sh } from "./tag.ts";
import { undoPaths } from "./undo-path.ts";

/** One function per kind beside paths. A repeated undo finds what it has done already, and does no harm. */
const undoKinds = sh`
# entry unit: one that ran before is started again at the end, when its files are back
undo_service() {
  read -r enabled active <"$1/was"
  case $active in
    active) to_start="$to_start $2" ;;
    *) timeout 90 systemctl stop "$2" 2>/dev/null; timeout 10 systemctl reset-failed "$2" >/dev/null 2>&1 ;;
  esac
  case $enabled in enabled) to_enable="$to_enable $2" ;; *) timeout 60 systemctl disable --quiet "$2" 2>/dev/null ;; esac
  rm -f "$d/loaded/$2"; reload=1
}
# A file in a before-image of another kind: "=" and its content in base64, ":", mode and owner (which older journals do not have); or "absent".
content_of() { x=$\{1#=}; printf %s "$\{x%%:*}" | base64 -d 2>/dev/null; }
# path, its before-image: what was written to t takes the path's place, with mode and owner of before
in_place() {
  m=$\{2#*:}; case $m in *:*:*) ;; *) m=644:0:0 ;; esac
  chown "$\{m#*:}" "$t" && chmod "$\{m%%:*}" "$t" && sync -d "$t" && mv -fT "$t" "$1"
}
# path, its before-image
put_back() {
  t=$\{1%/*}/.kbs-$\{1##*/}~; changed_in="$changed_in $\{1%/*}"
  case $2 in
    =*) content_of "$2" >"$t" && in_place "$1" "$2" ;;
    absent) rm -f "$t" "$1" ;;
    *) echo "cannot give back $1: what was there is not stored"; return 1 ;;
  esac
}
# its before-image: fstab with what others have written since, less kbs's own marks
unmark_swap() {
  grep -q '^#kbs# ' /etc/fstab || return 0
  t=/etc/.kbs-fstab~; changed_in="$changed_in /etc"
  sed 's/^#kbs# //' /etc/fstab >$t && in_place /etc/fstab "$1"
}
# its before-image: whether fstab is what was there, or what kbs has made of that
is_our_fstab() { content_of "$1" | cmp -s - /etc/fstab || content_of "$1" | ${markSwap} | cmp -s - /etc/fstab; }
# entry
undo_swap() {
  read -r table devices <"$1/was"
  if [ -e /etc/fstab ] && ! is_our_fstab "$table"; then unmark_swap "$table" || return 1
  elif [ "$table" != absent ]; then put_back /etc/fstab "$table" || return 1
  fi
  for device in $devices; do
    grep -q "^$device " /proc/swaps || swapon "$device" 2>/dev/null || echo "cannot turn swap on again: $device"
  done
}
# entry: a name that somebody has given the machine since stays
undo_hostname() {
  read -r was table <"$1/was"
  if [ -e /etc/hostname ] && was_changed "$1" /etc/hostname && ! content_of "$table" | cmp -s - /etc/hostname; then
    echo "changed since kbs wrote it: /etc/hostname; the name stays $(cat /etc/hostname), before kbs it was $was"
    return 0
  fi
  { printf %s "$was" >/proc/sys/kernel/hostname; } 2>/dev/null
  put_back /etc/hostname "$table"
}
# entry key: one that was not there before came with its module, and goes with it
undo_sysctl() {
  was=$(cat "$1/was"); setting=/proc/sys/$(printf %s "$2" | tr . /)
  [ -n "$was" ] && [ -e "$setting" ] && [ "$(cat "$setting" 2>/dev/null)" != "$was" ] || return 0
  { printf '%s\n' "$was" >"$setting"; } 2>/dev/null || echo "cannot set $2 to $was again"
}
# entry id
undo_command() {
  [ -f "$1/undo" ] || return 0
  timeout -k 5 120 /bin/sh "$1/undo" </dev/null || { echo "not taken back: $2"; return 1; }
}
undo_one() { # entry
  id=$(cat "$1/id" 2>/dev/null)
  [ -n "$id" ] && [ -f "$1/was" ] || { echo "cannot take back $1: it is damaged"; return 1; }
  case $id in
    path:*) undo_path "$1" "$\{id#path:}" ;;
    service:*) undo_service "$1" "$\{id#service:}" ;;
    sysctl:*) undo_sysctl "$1" "$\{id#sysctl:}" ;;
    module:*) modprobe -r "$\{id#module:}" 2>/dev/null || : ;;
    hostname) undo_hostname "$1" ;;
    swap) undo_swap "$1" ;;
    command:*) undo_command "$1" "$id" ;;
  esac
}
`;

/**
 * Takes back everything in the journal, newest first, from the before-images alone; then removes the journal itself, and last of all the file
 * that says to which cluster the host belongs. Killed at any point, or cut off from power, a repeated one gives the same: no before-image is
 * removed until all that was given back is on disk, and when it has ended, so is the removal. Prints a line for each thing that a person
 * should know; fails when something could not be taken back, of which the before-image then stays. Their names begin with digits; what begins
 * with a dot is no whole one.
 */
export const undoScript = sh`
d=${stateDirectory}
${undoPaths}
${undoKinds}
${forget}
by=$(cat /run/kbs/run 2>/dev/null)
[ -z "$(tail -c 1 $d/journal 2>/dev/null | tr '\0' x)" ] || echo >>$d/journal
reload=; to_start=; to_enable=; changed_in=; undone=; failed=
for entry in $(ls -r $d/before 2>/dev/null); do
  if undo_one "$d/before/$entry"; then
    undone="$undone $entry"
    printf '%s %s undone %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$\{by:--}" "$id" >>$d/journal
  else
    failed="$failed $entry"
  fi
done
[ -z "$reload" ] || timeout 60 systemctl daemon-reload
for unit in $to_enable; do timeout 60 systemctl enable --quiet "$unit" 2>/dev/null || echo "cannot enable $unit again"; done
for unit in $to_start; do timeout 90 systemctl restart "$unit" 2>/dev/null || echo "cannot start $unit again"; done
# Whole file systems, each once: units, links and what was in folders have gone as well.
set -- $(stat -c '%d %n' /etc $changed_in 2>/dev/null | sort -u -k1,1 | cut -d' ' -f2-)
sync -f "$@" || sync
if [ -n "$failed" ]; then
  for entry in $undone; do mv "$d/before/$entry" "$d/before/.$entry"; done
  sync $d/before; rm -rf $d/before/.[0-9]*
  echo "$(echo $failed | wc -w) of the changes are not taken back; what was there before is still in $d/before"
  exit 1
fi
[ ! -d $d/before ] || { mv $d/before $d/.before && sync $d; }
remove_own || exit 1
remove_folder || exit 1
sync $\{d%/*}
`;
