import { sh } from "./tag.ts";

/** Turns lines of fstab that bring swap at boot into comments, which are known again by their mark. */
export const markSwap = sh`sed -E 's/^([[:space:]]*[^#[:space:]]+[[:space:]]+[^[:space:]]+[[:space:]]+swap([[:space:]].*)?)$/#kbs# \1/'`;

/**
 * One apply per kind. Each returns non-zero with words in e when it could not. Files are collected beside their targets and
 * renamed together by flush, after one sync for all of them, and are done after another for their folders; anything that reads files
 * flushes first. Contents are received as a whole before anything is begun, so that a stream which was cut changes nothing. mv has -T, lest a
 * link to a folder takes the file in. What can be done by one process for all files is: a process takes longer than what it does here.
 */
export const applies = sh`
pending=; dirs=; doing=; unpacked=; wrote=; modes=
pin=io.cri-containerd.pinned=pinned
# length digest: all contents, from stdin, into a file that has no name any more when the first of them comes; they are read from descriptor 7
receive() {
  x=$u/contents.$sid.$$
  : >"$x" && exec 8>"$x" 7<"$x" && rm -f "$x" && head -c "$1" >&8 && exec 8>&- && x=$(sha256sum </proc/self/fd/7) && [ "$\{x%% *}" = "$2" ]
}
# path mode digest length; the content is next
a_file() {
  t=$\{1%/*}/.kbs-$\{1##*/}~
  [ ! -d "$1" ] || [ -L "$1" ] || { e="$1 is a directory"; return 1; }
  head -c "$4" <&7 >"$t" 2>/dev/null || { rm -f "$t"; e="cannot write $t: is its folder there, and room on the disk?"; return 1; }
  modes="$modes $2 $t"; pending="$pending $t $1"; dirs="$dirs $\{1%/*}/"; wrote="$wrote $3 $1"
}
skip() { head -c "$1" <&7 >/dev/null; }
# Until now what is new is root's alone (umask).
own() {
  left=$modes
  while [ -n "$left" ]; do
    set -- $left; left=; mode=$1; same=
    while [ $# -gt 0 ]; do if [ "$1" = "$mode" ]; then same="$same $2"; else left="$left $1 $2"; fi; shift 2; done
    chown 0:0 $same && chmod "$mode" $same || { e="cannot set mode and owner of$same"; return 1; }
  done
  modes=
}
flush() {
  [ -n "$pending$doing" ] || return 0
  own || return 1
  if [ -n "$pending" ]; then
    set -- $pending; w=
    while [ $# -gt 0 ]; do w="$w $1"; shift 2; done
    # Whether somebody has changed a file since is told by what was ever written under its name.
    [ -z "$wrote" ] || { printf '%s %s\n' $wrote >>$d/written && w="$w $d/written"; }; wrote=
    on_disk $w || { e="cannot sync$w"; return 1; }
    set -- $pending; pending=
    while [ $# -gt 0 ]; do mv -fT "$1" "$2" || { e="cannot rename $1 to $2"; return 1; }; shift 2; done
  fi
  # A folder that a later change of the list has taken away cannot be synced by its name.
  on_disk $dirs 2>/dev/null || sync; dirs=
  set -- $unpacked; unpacked=
  while [ $# -gt 0 ]; do rm -f "$3"; printf '%s %s %s\n' "$(identity "$1")" "$2" "$1" >>$d/digests; shift 3; done
  set -- $doing; doing=
  for i do eval "w=\$id_$i r=\$r_$i"; note done "$w"; f "$i" changed 0 "$r"; done
}
# How a list ends before its end. Told to stop before the change of this index; failed at it; refused before any was begun.
halt() { e=; flush || fail "$1"; leave "$1"; f "$1" stopped 0 ''; finish; }
fail() { flush; leave $(($1 + 1)); f "$1" failed 1 "$(tail8 "$e")"; finish; }
refuse() { leave 0; f "$1" failed 1 "$2"; finish; }
a_directory() { # path mode
  [ "$r" != 'is a link to no folder' ] || { e="$1 $r: make the folder that it leads to, or take the link away"; return 1; }
  if [ ! -d "$1" ]; then mkdir "$1" || { e="cannot make $1"; return 1; }; fi
  modes="$modes $2 $1"; dirs="$dirs $1/ $\{1%/*}/"
}
a_absent() { # path [what is there in its place]
  own || return 1
  [ -z "$2" ] || sync "$2" || { e="cannot sync $2"; return 1; }
  rm -rf -- "$1" && dirs="$dirs $\{1%/*}/"
}
# openssl uses what the processor has for it, and is three times as fast with executables
digest() { openssl dgst -sha256 -r 2>/dev/null || sha256sum; }
a_binary() { # path mode digest blob encoding
  b=$d/blobs/sha256/$4; t=$\{1%/*}/.kbs-$\{1##*/}~
  case $5 in gzip) gzip -dc <"$b" ;; *) cat "$b" ;; esac >"$t" || { rm -f "$b" "$t"; e="cannot unpack $1 from its blob"; return 1; }
  x=$(digest <"$t"); [ "$\{x%% *}" = "$3" ] || { rm -f "$b" "$t"; e="the blob of $1 is damaged; it was removed, run again"; return 1; }
  modes="$modes $2 $t"; pending="$pending $t $1"; dirs="$dirs $\{1%/*}/"; unpacked="$unpacked $1 $3 $b"
}
a_module() { modprobe -- "$1" 2>/dev/null || { e="the kernel has no module $1"; return 1; }; }
a_sysctl() { printf '%s\n' "$2" >"/proc/sys/$1" || { e="cannot set $1"; return 1; }; }
a_swap() {
  swapoff -a || { e='swapoff failed: is there memory enough for what is swapped out?'; return 1; }
  [ -e /etc/fstab ] || return 0
  ${markSwap} /etc/fstab >/etc/.kbs-fstab~ &&
    chmod 644 /etc/.kbs-fstab~ && sync -d /etc/.kbs-fstab~ && mv -f /etc/.kbs-fstab~ /etc/fstab && sync /etc
}
a_hostname() {
  t=/etc/.kbs-hostname~
  printf '%s\n' "$1" >$t && chmod 644 $t && x=$(sha256sum <$t) && echo "$\{x%% *} /etc/hostname" >>$d/written && sync -d $t $d/written && mv -f $t /etc/hostname && sync /etc &&
    printf '%s' "$1" >/proc/sys/kernel/hostname
}
loaded() { printf '%s\n' "$2" >"$d/loaded/.$1~" && mv -f "$d/loaded/.$1~" "$d/loaded/$1"; }
a_service() { # unit passing seconds ready inputs…
  unit=$1; passing=$2; within=$3; ready=$4; shift 4
  l=$(inputs "$@")$\{passing:+ $(inputs $passing)}
  # What its check has just found spares systemd two readings of all its units, of which enable does one, too.
  [ "$unit_read" = loaded/no ] || timeout 60 systemctl daemon-reload || { e='systemctl daemon-reload failed'; return 1; }
  [ "$unit_enabled" = enabled ] || timeout 60 systemctl enable --quiet "$unit" 2>/dev/null || { e="systemctl cannot enable $unit"; return 1; }
  o=$(timeout -k 5 120 systemctl restart "$unit" 2>&1 </dev/null) || { e="$unit did not start: $o
$(journalctl -u "$unit" -n 15 --no-pager -o cat 2>/dev/null)"; return 1; }
  if [ -n "$ready" ]; then
    end=$(($(date +%s) + within))
    until o=$(timeout 10 /bin/sh -c "$ready" 2>&1 </dev/null); do
      [ "$(date +%s)" -lt $end ] || { e="$unit was not ready after $within s: $o
$(journalctl -u "$unit" -n 15 --no-pager -o cat 2>/dev/null)"; return 1; }
      sleep 0.1
    done
  fi
  loaded "$unit" "$l"
}
a_pod() { # name inputs…
  pod=$1; shift
  l=$(inputs "$@")
  ! runs "$pod" || end_pod
  loaded "pod-$pod" "$l"
}
# name: whether any process has that name, of which the kernel keeps 15 letters
runs() {
  short=$(printf %.15s "$1")
  for process in /proc/[0-9]*; do
    name=; read -r name 2>/dev/null <"$process/comm" && [ "$name" = "$short" ] && return 0
  done
  return 1
}
end_pod() {
  running=$(timeout 20 ctr -n k8s.io containers ls -q "labels.\"io.kubernetes.container.name\"==$pod" 2>/dev/null </dev/null)
  for container in $running; do timeout 20 ctr -n k8s.io tasks kill -s SIGTERM "$container" >/dev/null 2>&1 </dev/null; done
}
a_command() { # seconds script
  run "$1" "$2"
  case $c in 0) ;; 124) e="took longer than $1 s: $o"; return 1 ;; *) e=$o; return 1 ;; esac
}
# By itself instead of through containerd's transfer service, where ctr knows how: that spares a quarter of the processor time of both.
import_images() { timeout 600 ctr -n k8s.io images import $(ctr images import --help 2>/dev/null </dev/null | grep -o -m1 -e '--local') - 2>&1; }
# Of an import that was cut off from power, layers may be half unpacked. They stay so for as long as the image is there, which is then not pinned.
# One that was cut off since the boot has lost nothing.
drop_torn() { # name=manifest digest…
  [ ! -e "$u/$images_id" ] || return 0
  if is_open "$images_id"; then
    for w do
      image_line "$w"
      case $line in ''|*$pin*) ;; *) timeout 120 ctr -n k8s.io images rm --sync "$\{w%=*}" >/dev/null 2>&1 </dev/null ;; esac
    done
  fi
  : >"$u/$images_id"
}
# containerd syncs neither what it unpacks nor its folders: an image is pinned, and counts as there, once it is on the disk.
pin_images() {
  sync -f /var/lib/containerd 2>/dev/null || sync
  for w do timeout 30 ctr -n k8s.io images label "$\{w%=*}" $pin >/dev/null 2>&1 </dev/null & done; wait
}
a_images() { # id index.json, then name=manifest digest…, then -, then blobs
  i=$d/blobs/.import; rm -rf "$i"; mkdir "$i" || return 1
  printf '{"imageLayoutVersion":"1.0.0"}' >"$i/oci-layout"; printf %s "$2" >"$i/index.json"; images_id=$1; shift 2
  wanted=
  while [ "$1" != - ]; do wanted="$wanted $1"; shift; done; shift
  differed=$r; drop_torn $wanted
  o=$( (cd $d && tar -cf - -C "$i" oci-layout index.json -C $d "$@") | import_images) ||
    { e="ctr cannot import$wanted: $o"; (cd $d && rm -f "$@"); return 1; }
  rm -rf "$i"; pin_images $wanted; images_known=; c_images $wanted
  [ -z "$r" ] || { e="ctr has imported, but not all is there and pinned: $r"; return 1; }
  r=$differed
}
`;
