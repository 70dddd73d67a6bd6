import { sh } from "./tag.ts";

/** What somebody has changed after kbs wrote it is kept here when the host is given back. Only root can read it. */
const keptDirectory = "/var/lib/kbs-kept";

/**
 * Nothing below a mount point is ever removed: neither find -xdev nor rm --one-file-system sees a bind mount of the same file system, so
 * the kernel's own list is asked. What cannot be taken away without that is left, and named on standard output.
 */
export const removeTree = sh`
# path: without links in it, as the kernel lists mount points
listed() { readlink -f -- "$1" | sed 's/\\/\\134/g; s/ /\\040/g; s/\t/\\011/g'; }
mounts_below() {
  set -- "$(listed "$1")"
  while read -r _ _ _ _ mounted _; do
    case $mounted in "$1"/*) printf '%b\n' "$(printf %s "$mounted" | sed 's/\\\([0-7][0-7][0-7]\)/\\0\1/g')" ;; esac
  done </proc/self/mountinfo
}
is_mounted() {
  [ ! -L "$1" ] || return 1
  real=$(listed "$1")
  while read -r _ _ _ _ mounted _; do [ "$mounted" != "$real" ] || return 0; done </proc/self/mountinfo
  return 1
}
# path: a folder with all that is in it, less what is mounted below it
remove_tree() {
  [ -e "$1" ] || [ -L "$1" ] || return 0
  if is_mounted "$1"; then echo "left $1: something is mounted there"; return 0; fi
  if [ -L "$1" ] || [ ! -d "$1" ]; then rm -f -- "$1"; return; fi
  top=$(readlink -f -- "$1"); below=$(mounts_below "$top")
  if [ -z "$below" ]; then rm -rf --one-file-system -- "$1"; return; fi
  set --
  while IFS= read -r mounted; do set -- "$@" -o -path "$(printf %s "$mounted" | sed 's/[][*?\\]/\\&/g')"; done <<M
$below
M
  shift
  find "$top" -xdev \( "$@" \) -prune -o ! -type d -exec rm -f -- {} + || return 1
  find "$top" -xdev \( "$@" \) -prune -o -type d -print0 | sort -rz | xargs -0 -r rmdir -- 2>/dev/null
  echo "left $top: $(printf '%s\n' "$below" | head -n 1) is mounted below it"
}
`;

/** Gives paths back. All of it may be repeated after a kill or a power cut at any place: what was restored is restored once more, to the same. */
export const undoPaths = sh`
${removeTree}
# entry path: all that came into a folder of the cluster since, which itself stays
empty_tree() {
  for inside in "$2"/* "$2"/.[!.]* "$2"/..?*; do
    [ -f "$1/names" ] && grep -qxF -- "$\{inside##*/}" "$1/names" || remove_tree "$inside" || return 1
  done
}
# entry path: whether somebody has changed a file since kbs wrote it. kbs leaves others' lines in the hosts file, so there they are compared
was_changed() {
  if [ "$2" = /etc/hosts ]; then
    [ "$(sed '/^# BEGIN kbs$/,/^# END kbs$/d' "$2")" != "$(cat "$1/content" 2>/dev/null)" ]; return
  fi
  [ -f $d/written ] && cut -d' ' -f2 $d/written | grep -qxF -- "$2" || return 1
  x=$(sha256sum <"$2")
  ! grep -qxF -- "$\{x%% *} $2" $d/written
}
# entry path: nothing that somebody has written gets lost
keep_changed() {
  [ -f "$2" ] && [ ! -L "$2" ] && was_changed "$1" "$2" && ! cmp -s "$2" "$1/content" || return 0
  mkdir -p -m 700 ${keptDirectory} || return 1
  copy=${keptDirectory}/$(printf %s "$\{2#/}" | tr / _)
  cp -p -- "$2" "$copy~" && chmod go= "$copy~" && sync -d "$copy~" && mv -fT -- "$copy~" "$copy" || return 1
  echo "changed since kbs wrote it: $2; what it was then is back, what it was now is kept as $copy"
}
# entry path
restore_file() {
  [ -f "$1/content" ] || { echo "cannot give back $2: what was there is not in $1"; return 1; }
  read -r _ mode owner <"$1/was"
  [ ! -d "$2" ] || [ -L "$2" ] || { echo "cannot give back the file $2: it is a directory now"; return 1; }
  mkdir -p "$\{2%/*}" && cp -a -- "$1/content" "$t" || return 1
  # A new owner, be it the same one, costs a file its capabilities.
  [ "$(stat -c %u:%g "$t")" = "$owner" ] || chown "$owner" "$t" || return 1
  chmod "$mode" "$t" && sync -d "$t" && mv -fT -- "$t" "$2"
}
# path target
restore_link() {
  [ ! -d "$1" ] || [ -L "$1" ] || rmdir -- "$1" 2>/dev/null || { echo "cannot give back the link $1: it is a directory now"; return 1; }
  ln -sfT -- "$2" "$t" && mv -fT -- "$t" "$1"
}
# entry path
undo_path() {
  # While anything is left to be taken back, the host says whose it is.
  case $2 in $d/*) return 0 ;; esac
  t=$\{2%/*}/.kbs-$\{2##*/}~; rm -f -- "$t"
  changed_in="$changed_in $\{2%/*}"
  was=$(cat "$1/was")
  case $was in absent|file*|link*) keep_changed "$1" "$2" || return 1 ;; esac
  case $was in
    'absent data') remove_tree "$2" ;;
    absent)
      if [ ! -d "$2" ] || [ -L "$2" ]; then rm -f -- "$2"
      elif ! rmdir -- "$2" 2>/dev/null && [ -d "$2" ]; then echo "left $2: it is not empty"
      fi ;;
    file*) restore_file "$1" "$2" ;;
    link*) restore_link "$2" "$\{was#link }" ;;
    directory*)
      read -r _ mode owner rest <"$1/was"; changed_in="$changed_in $2/"
      case $rest in *'-> '*)
        restore_link "$2" "$\{rest#*-> }" || return 1
        [ -d "$2" ] || { echo "cannot give back $2: it is a link to no folder now"; return 1; } ;;
      esac
      mkdir -p "$2" && { [ "$\{rest%% *}" != empty ] && [ ! -f "$1/names" ] || empty_tree "$1" "$2"; } && chown "$owner" "$2" && chmod "$mode" "$2" ;;
    *) echo "cannot give back $2: $1/was is damaged"; return 1 ;;
  esac
}
`;
