import { sh } from "./tag.ts";

/**
 * The journal: what was begun and done, and what was there before, so that it can be taken back from the host alone. A before-image is
 * taken once, at the first touch, and is complete before its name appears. Everything of one message is on disk (sync) before its first change.
 *
 *   before/<number>-<key>/id        the change's id; numbers rise, and undoing goes from the highest down
 *   before/<number>-<key>/was       "absent[ data]" | "file <mode> <uid:gid>" | "directory …[ empty]" | "link <target>" | a value, by kind
 *   before/<number>-<key>/content   the file that was there
 *   before/<number>-<key>/undo      a script, for commands
 *   journal                         "<time> <run> <begun|done|undone> <id>" lines
 */
export const journal = sh`
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
opened=; fresh=; freshfiles=
openjournal() {
  [ -n "$opened" ] && return
  mkdir -p -m 700 $d $d/before $d/loaded $d/blobs $d/blobs/sha256; opened=1
  q=$(ls $d/before | wc -l)
}
note() { printf '%s %s %s %s\n' "$now" "$run_id" "$1" "$2" >>$d/journal; }
# key id was [path of content] [undo script]
before() {
  openjournal; note begun "$2"
  for b in $d/before/*-"$1"; do [ ! -d "$b" ] || return 0; done
  case " $fresh " in *" $1 "*) return 0 ;; esac
  b=$d/before/.$1; rm -rf "$b"; mkdir "$b"
  printf '%s\n' "$2" >"$b/id"; printf '%s\n' "$3" >"$b/was"
  if [ -n "$4" ]; then cp -p -- "$4" "$b/content" || return 1; fi
  if [ -n "$5" ]; then printf '%s\n' "$5" >"$b/undo"; fi
  freshfiles="$freshfiles $b $b/*"; fresh="$fresh $1"
}
# key id k path [data]
before_path() {
  eval "t=\$t_$3 m=\$m_$3"
  case $t in
    '') before "$1" "$2" "absent$5" ;;
    regular*) before "$1" "$2" "file $m" "$4" ;;
    'symbolic link') before "$1" "$2" "link $(readlink -- "$4")" ;;
    directory) w=; [ -z "$5" ] || [ -n "$(ls -A -- "$4" | head -n 1)" ] || w=' empty'; before "$1" "$2" "directory $m$w" ;;
    *) return 1 ;;
  esac
}
# One sync for all before-images, then their names, then one for the names.
settle() {
  [ -n "$opened" ] || return 0
  [ -z "$fresh" ] || sync $freshfiles
  for b in $fresh; do mv "$d/before/.$b" "$d/before/$(printf %06d $q)-$b"; q=$((q + 1)); done
  sync $d/before $d/journal $d; fresh=; freshfiles=
}
`;
