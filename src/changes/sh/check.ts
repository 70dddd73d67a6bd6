import { sh } from "./tag.ts";

/**
 * Reads digest, type, mode and owner of every path of a message by three processes, whatever their number. A large file that kbs installed
 * is not read again as long as inode, size and time of change (ctime, which nobody can set) are those noted when its digest was verified.
 * What comes or goes meanwhile gives no other path its own type and owner: each answer is known by the name in it.
 * Arguments: the paths. Sets, for the k-th: t_k (type, empty when absent), m_k ("644 0:0"), d_k (SHA-256 of a regular file), l_k (of a link to a
 * folder, that folder's "755 0:0").
 */
export const readPaths = sh`
existing() { for p do if [ -e "$p" ] || [ -L "$p" ]; then printf '%s\0' "$p"; fi; done; }
identity() { stat -c '%i.%s.%.9Z' -- "$1" 2>/dev/null; }
known_digest() { # path identity: sets x
  x=
  while read -r known_id known_sum known_path; do
    if [ "$known_path" = "$1" ] && [ "$known_id" = "$2" ]; then x=$known_sum; fi
  done <$d/digests
}
unknown() { # paths, with their identities in s_k
  k=0
  for p do
    k=$((k + 1)); eval "i=\$s_$k"
    [ -f "$p" ] && [ ! -L "$p" ] || continue
    if [ -f $d/digests ]; then known_digest "$p" "$i"; [ -z "$x" ] || continue; fi
    printf '%s\0' "$p"
  done
}
# The next answer of stat, whose name is q. Types have blanks and no slash in them.
next_stat() { m=; o=; i=; t=; read -r m o i t <&3; q=/$\{t#*/}; t=$\{t%% /*}; }
readpaths() {
  stats=$(existing "$@" | xargs -0 -r stat -c '%a %u:%g %i.%s.%.9Z %F %n' --)
  k=0
  exec 3<<S
$stats
S
  next_stat
  for p do
    k=$((k + 1))
    if [ "$p" != "$q" ]; then eval "t_$k= m_$k= l_$k= s_$k= d_$k="; continue; fi
    l=; [ "$t" != 'symbolic link' ] || [ ! -d "$p" ] || l=$(stat -L -c '%a %u:%g' -- "$p")
    eval "t_$k=\$t m_$k=\"\$m \$o\" l_$k=\$l s_$k=\$i d_$k="; next_stat
  done
  sums=$(unknown "$@" | xargs -0 -r sha256sum --)
  exec 3<<S
$sums
S
  k=0; line=; read -r y q <&3
  for p do
    k=$((k + 1)); eval "i=\$s_$k"
    if [ -n "$q" ] && [ "$p" = "$q" ]; then x=$y; y=; q=; read -r y q <&3; elif [ -f $d/digests ] && [ -n "$i" ]; then known_digest "$p" "$i"; else x=; fi
    eval "d_$k=\$x"
  done
  exec 3<&-
}
`;

/**
 * One check per kind: sets r to what differs, or to nothing. Path checks read what readpaths has found; k is the path's number.
 */
export const checks = sh`
c_file() { # k digest mode
  eval "t=\$t_$1 m=\$m_$1 x=\$d_$1"
  case $t in
    '') r=absent ;;
    regular*) if [ "$x" != "$2" ]; then r='content differs'; elif [ "$m" != "$3 0:0" ]; then r="mode and owner are $m, not $3 0:0"; else r=; fi ;;
    *) r="is a $t" ;;
  esac
}
c_directory() { # k mode
  eval "t=\$t_$1 m=\$m_$1 l=\$l_$1"
  # A folder may be on another disk: of a link that leads to one the folder counts, for its before-image, too.
  case $t in symbolic*) if [ -n "$l" ]; then t=directory; m=$l; else t='link to no folder'; fi; eval "t_$1=\$t m_$1=\$m" ;; esac
  case $t in
    '') r=absent ;;
    directory) if [ "$m" != "$2 0:0" ]; then r="mode and owner are $m, not $2 0:0"; else r=; fi ;;
    *) r="is a $t" ;;
  esac
}
c_absent() { eval "t=\$t_$1"; r=$\{t:+is a $t}; }
c_module() { r=; [ -d "/sys/module/$1" ] || grep -q "^$1 " /proc/modules || [ -n "$(find "/lib/modules/$(uname -r)/modules.builtin" -exec grep -m1 "/$1\.ko" {} + 2>/dev/null)" ] || r='not loaded'; }
c_sysctl() { v=$(cat "/proc/sys/$1" 2>/dev/null) || { r='not there'; return; }; if [ "$v" = "$2" ]; then r=; else r="is $v, not $2"; fi; }
c_swap() {
  a=$(sed 1d /proc/swaps); e=$(grep -cE '^[[:space:]]*[^#[:space:]]+[[:space:]]+[^[:space:]]+[[:space:]]+swap([[:space:]]|$)' /etc/fstab 2>/dev/null)
  if [ -n "$a" ]; then r='swap is on'; elif [ "$\{e:-0}" != 0 ]; then r='fstab turns swap on at boot'; else r=; fi
}
c_hostname() { h=$(cat /proc/sys/kernel/hostname); e=$(cat /etc/hostname 2>/dev/null); if [ "$h" = "$1" ] && [ "$e" = "$1" ]; then r=; else r="is $h"; fi; }
# Executables count by their identity, which a new one changes: reading them takes longer than all the rest.
contents() {
  files=
  for p do case $p in /usr/bin/*|/usr/local/*|/opt/*) [ -z "$files" ] || cat -- $files 2>/dev/null; files=; identity "$p" ;; *) files="$files $p" ;; esac; done
  [ -z "$files" ] || cat -- $files 2>/dev/null
}
inputs() { x=$(contents "$@" | sha256sum); echo "$\{x%% *}"; }
# With passing inputs the stamp has a second word, which only who wishes them looks at.
loaded_by() { line=; read -r line 2>/dev/null <"$d/loaded/$1"; case $line in "$2"|"$2 "*) ;; *) return 1 ;; esac; }
c_service() { # unit passing inputs…
  unit=$1; passing=$2; shift 2; unit_enabled=; unit_active=; unit_load=; unit_stale=
  while IFS='=' read -r x y; do
    case $x in UnitFileState) unit_enabled=$y ;; ActiveState) unit_active=$y ;; LoadState) unit_load=$y ;; NeedDaemonReload) unit_stale=$y ;; esac
  done <<S
$(systemctl show -p UnitFileState -p ActiveState -p LoadState -p NeedDaemonReload "$unit" 2>/dev/null)
S
  unit_read=$unit_load/$unit_stale; r=
  [ "$unit_enabled" = enabled ] || r='not enabled'
  [ "$unit_active" = active ] || r="$\{r:+$r, }not running"
  loaded_by "$unit" "$(inputs "$@")$\{passing:+ $(inputs $passing)}" || r="$\{r:+$r, }runs with older inputs"
}
c_pod() { # name inputs…
  pod=$1; shift
  if loaded_by "pod-$pod" "$(inputs "$@")"; then r=; else r='runs with older inputs'; fi
}
c_command() { # seconds script
  run "$1" "$2"
  case $c in 0) r= ;; 124) r='its check took too long' ;; *) o=$(printf %s "$o" | tail -n 1); r=$\{o:-not so} ;; esac
}
image_line() { # name=manifest digest: sets line to what containerd says of this very image
  if [ -z "$images_known" ]; then images_list=$(timeout 30 ctr -n k8s.io images ls 2>/dev/null </dev/null); images_known=1; fi
  line=$(printf '%s\n' "$images_list" | grep -F -- "$\{1%=*} " | grep -m1 -- "^$\{1%=*} ")
  case $line in *"$\{1##*=}"*) ;; *) line= ;; esac
}
c_images() { # name=manifest digest…
  r=
  for w do
    image_line "$w"
    case $line in *io.cri-containerd.pinned=pinned*) ;; *) r="$\{r:+$r, }$\{w%=*}" ;; esac
  done
  r=$\{r:+missing: $r}
}
`;
