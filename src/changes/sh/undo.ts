import { stateDirectory } from "./base.ts";
import { sh } from "./tag.ts";

/**
 * Takes back everything in the journal, newest first, from the before-images alone; then removes the journal itself. Each entry is removed
 * once it has been taken back, so that a run which was killed half-way goes on where it stopped. Prints a line per entry that could not be taken back.
 */
export const undoScript = sh`
d=${stateDirectory}
restore_file() { # entry path
  read -r _ mode owner <"$1/was"; t=$\{2%/*}/.kbs-$\{2##*/}~
  mkdir -p "$\{2%/*}" && cp -p "$1/content" "$t" && chmod "$mode" "$t" && chown "$owner" "$t" && sync -d "$t" && mv -fT "$t" "$2"
}
undo_path() { # entry path
  case $(cat "$1/was") in
    'absent data') rm -rf --one-file-system -- "$2" ;;
    absent) if [ -d "$2" ] && [ ! -L "$2" ]; then rmdir "$2" 2>/dev/null || [ ! -d "$2" ] || echo "left $2: it is not empty"; else rm -f -- "$2"; fi ;;
    file*) restore_file "$1" "$2" ;;
    link*) read -r _ target <"$1/was"; rm -rf -- "$2"; ln -s "$target" "$2" ;;
    directory*) read -r _ mode owner empty <"$1/was"
      [ "$empty" != empty ] || find "$2" -xdev -mindepth 1 -delete
      [ -d "$2" ] || mkdir -p "$2"; chmod "$mode" "$2" && chown "$owner" "$2" ;;
  esac
}
undo_service() { # entry unit
  read -r enabled active <"$1/was"
  case $active in active) timeout 90 systemctl restart "$2" ;; *) timeout 90 systemctl stop "$2" ;; esac 2>/dev/null
  case $enabled in enabled) ;; *) timeout 60 systemctl disable --quiet "$2" 2>/dev/null ;; esac
  rm -f "$d/loaded/$2"; reload=1
}
put_back() { # path, then "=" and its content in base64, or "absent"
  t=$\{1%/*}/.kbs-$\{1##*/}~
  case $2 in =*) printf %s "$\{2#=}" | base64 -d >"$t" && chmod 644 "$t" && mv -f "$t" "$1" ;; *) rm -f "$1" ;; esac
}
undo_swap() { # entry
  read -r table devices <"$1/was"
  put_back /etc/fstab "$table"
  for device in $devices; do swapon "$device" 2>/dev/null || echo "cannot turn swap on again: $device"; done
}
undo_one() { # entry
  id=$(cat "$1/id")
  case $id in
    path:*) undo_path "$1" "$\{id#path:}" ;;
    service:*) undo_service "$1" "$\{id#service:}" ;;
    sysctl:*) key=$\{id#sysctl:}; printf '%s\n' "$(cat "$1/was")" >"/proc/sys/$(printf %s "$key" | tr . /)" 2>/dev/null || : ;;
    module:*) modprobe -r "$\{id#module:}" 2>/dev/null || : ;;
    hostname) read -r was table <"$1/was"; printf '%s' "$was" >/proc/sys/kernel/hostname; put_back /etc/hostname "$table" ;;
    swap) undo_swap "$1" ;;
    command:*) [ ! -f "$1/undo" ] || timeout -k 5 120 /bin/sh "$1/undo" </dev/null || echo "not taken back: $id" ;;
  esac
}
reload=
for entry in $(ls -r $d/before 2>/dev/null); do
  [ -f "$d/before/$entry/was" ] || continue
  undo_one "$d/before/$entry" && printf '%s - undone %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$id" >>$d/journal && rm -rf "$d/before/$entry"
done
[ -z "$reload" ] || timeout 60 systemctl daemon-reload
[ -n "$(ls $d/before 2>/dev/null)" ] || rm -rf $d
`;
