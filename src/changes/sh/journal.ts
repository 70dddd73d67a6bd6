import { sh } from "./tag.ts";

/**
 * The journal: what was begun and done, and what was there before, so that it can be taken back from the host alone. A before-image is
 * taken once, at the first touch, and is complete before its name appears. Everything of one message is on disk (sync) before its first change.
 *
 *   before/<number>-<key>/id        the change's id; numbers rise, and undoing goes from the highest down
 *   before/<number>-<key>/was       "absent[ data]" | "file <mode> <uid:gid>" | "directory …[ empty][ -> <target>]" | "link <target>" | a value, by kind
 *   before/<number>-<key>/content   the file that was there, with its extended attributes
 *   before/<number>-<key>/undo      a script, for commands
 *   before/<number>-<key>/names     what was in a folder of the cluster's data, a line each, if it was there and not empty
 *   runs/<number>-<run>             who ran what, a line "<word> <value>" each: see `hold`; there once the run has written to the journal
 *   journal                         "<time> <run> <word> <id>" lines. begun: its before-image is stored, it may be half made. done: it is as
 *                                   wished. left: begun, and then nothing was made of it. undone: it is as it was before kbs
 *
 * A line that power loss or a full disk has cut short stays alone: whoever writes next begins a new one, and readers pass over what is none.
 */
export const journal = sh`
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
opened=; fresh=; torn=
note() { printf '%s%s %s %s %s\n' "$torn" "$now" "$run_id" "$1" "$2" >>$d/journal || { torn='
'; return 1; }; torn=; }
openjournal() {
  [ -z "$opened" ] || return 0
  [ -d $d ] || { mkdir -p -m 700 $d && sync $\{d%/*}; } || return 1
  mkdir -p -m 700 $d/before $d/loaded $d/runs $d/blobs $d/blobs/sha256 && keeprecord || return 1
  [ -z "$(tail -c 1 $d/journal 2>/dev/null | tr '\0' x)" ] || torn='
'
  [ -z "$(tail -c 1 $d/written 2>/dev/null | tr '\0' x)" ] || echo >>$d/written
  opened=1
}
# Written down when a run first has something to write: one that finds all as wished leaves nothing.
keeprecord() {
  for name in $u/record.*; do name=$\{name#$u/record.}; done
  case $name in *-"$run_id") ;; *) return 0 ;; esac
  [ ! -e "$d/runs/$name" ] || return 0
  cat "$u/record.$name" >"$d/runs/.$name.$$" && sync "$d/runs/.$name.$$" && mv "$d/runs/.$name.$$" "$d/runs/$name" && sync $d/runs
}
stored() { for b in $d/before/*-"$1"; do [ ! -d "$b" ] || return 0; done; return 1; } # key
# key id was [path of content] [undo script] [names]
before() {
  openjournal && note begun "$2" || return 1
  ! stored "$1" || return 0
  case " $fresh " in *" $1 "*) return 0 ;; esac
  fresh="$fresh $1"; eval "b_id_$1=\$2 b_was_$1=\$3 b_content_$1=\$4 b_undo_$1=\$5 b_names_$1=\$6"
}
# folder, then what is to be in it, in the order of before
image() {
  printf '%s\n' "$2" >"$1/id" && printf '%s\n' "$3" >"$1/was" || return 1
  [ -z "$4" ] || cp -a -- "$4" "$1/content" || return 1
  [ -z "$5" ] || printf '%s\n' "$5" >"$1/undo" || return 1
  [ -z "$6" ] || printf '%s\n' "$6" >"$1/names"
}
# key id k path [data]
before_path() {
  eval "t=\$t_$3 m=\$m_$3"
  case $t in
    '') before "$1" "$2" "absent$5" ;;
    regular*) before "$1" "$2" "file $m" "$4" ;;
    'symbolic link') before "$1" "$2" "link $(readlink -- "$4")" ;;
    # It fails, and nothing is made of it: what is behind the link once it leads somewhere is to be remembered then.
    'link to no folder') openjournal && note begun "$2" ;;
    directory)
      w=; names=; [ ! -L "$4" ] || w=" -> $(readlink -- "$4")"
      [ -z "$5" ] || { names=$(ls -A -- "$4/"); [ -n "$names" ] || w=" empty$w"; }
      before "$1" "$2" "directory $m$w" '' '' "$names" ;;
    *) return 1 ;;
  esac
}
# One sync for all before-images, then their names, then one for the names. Two lanes number under one lock, after the highest that is there.
settle() {
  [ -n "$opened" ] || return 0
  if [ -n "$fresh" ]; then
    exec 6>>$u/before.lock && flock -w 60 6 || return 1
    q=000000; for b in $d/before/[0-9]*; do [ ! -d "$b" ] || q=$\{b##*/}; done
    q=$\{q%%-*}; q=$((1$q - 1000000)); new=$d/before/.new; images=
    for b in $fresh; do q=$((q + 1)); w=00000$q; images="$images $new/$\{w#"$\{w%??????}"}-$b"; done
    [ ! -e $new ] || rm -rf $new
    mkdir $new $images || return 1
    for b in $images; do
      w=$\{b##*-}; eval "image \$b \"\$b_id_$w\" \"\$b_was_$w\" \"\$b_content_$w\" \"\$b_undo_$w\" \"\$b_names_$w\"" || return 1
    done
    on_disk $images $new/*/* && mv -t $d/before $images && rmdir $new || return 1
    exec 6>&-
  fi
  sync $d/before $d/journal $d && fresh=
}
# Whether an earlier run has begun a change of this id which nobody has ended.
is_open() { [ -s $u/open ] && grep -qxFe "$1" $u/open; }
# The change of this index is as wished: one that this message, or a run that was cut off, has begun is done.
same() {
  eval "i=\$id_$1 w=\$r_$1"
  if [ -n "$w" ] || is_open "$i"; then openjournal && note done "$i"; fi
  f "$1" same 0 ''
}
# Nothing is made of the changes from this index on. What an earlier run has half made stays begun.
leave() {
  k=$1
  while [ $k -lt $count ]; do eval "i=\$id_$k w=\$r_$k"; [ -z "$w" ] || is_open "$i" || note left "$i"; k=$((k + 1)); done
}
finish() { [ -z "$opened" ] || sync $d/journal; exit 0; }
`;
