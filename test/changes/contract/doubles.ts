/**
 * Stand-ins for what a sandbox has not: systemd, containerd, and the kernel's modules and swap, which are this machine's own. They keep
 * what they are told in /run/doubles, and count. The real ones are met on the lab's hosts.
 */
export const doubles = `
mkdir -p /run/doubles /usr/local/sbin
write() { cat >"/usr/local/sbin/$1"; chmod 755 "/usr/local/sbin/$1"; }
write systemctl <<'END'
#!/bin/sh
s=/run/doubles/unit; mkdir -p $s
words=; named=; for word do case $word in -p) named=1 ;; --*|UnitFileState|ActiveState|LoadState|NeedDaemonReload) ;; *) words="$words $word" ;; esac; done
set -- $words
case $1 in
  show)
    [ -e $s/$2.enabled ] && enabled=enabled || enabled=disabled
    [ -e $s/$2.active ] && active=active || active=inactive
    if [ -z "$named" ]; then echo $enabled; echo $active
    else echo LoadState=loaded; echo ActiveState=$active; echo UnitFileState=$enabled; echo NeedDaemonReload=no; fi ;;
  is-enabled) [ -e $s/$2.enabled ] && echo enabled || { echo disabled; exit 1; } ;;
  is-active) [ -e $s/$2.active ] && echo active || { echo inactive; exit 3; } ;;
  enable) : >$s/$2.enabled ;;
  disable) rm -f $s/$2.enabled ;;
  restart) [ ! -e $s/$2.broken ] || { echo "Job for $2 failed"; exit 1; }; : >$s/$2.active; echo restarted >>$s/$2.restarts ;;
  stop) rm -f $s/$2.active ;;
  daemon-reload) ;;
  *) echo "nobody foresaw: systemctl $*" >&2; exit 70 ;;
esac
END
write journalctl <<'END'
#!/bin/sh
echo "the journal's last line"
END
write modprobe <<'END'
#!/bin/sh
case "$*" in
  "-- kbs_known") echo kbs_known >>/run/doubles/modules ;;
  "-r kbs_known") echo removed >>/run/doubles/modules ;;
  *) echo "modprobe: FATAL: Module not found" >&2; exit 1 ;;
esac
END
write swapoff <<'END'
#!/bin/sh
echo "$*" >>/run/doubles/swapoff
END
write swapon <<'END'
#!/bin/sh
echo "$*" >>/run/doubles/swapon
END
write ctr <<'END'
#!/bin/sh
s=/run/doubles/images; mkdir -p $s; shift 2
case "$1 $2" in
  "images ls") echo "REF TYPE DIGEST SIZE PLATFORMS LABELS"; cat $s/* 2>/dev/null; exit 0 ;;
  "images import")
    [ "$3" != --help ] || exit 0
    [ "$3" = - ] || { echo "nobody foresaw: ctr $*" >&2; exit 70; }
    t=$(mktemp -d); tar -xf - -C $t || exit 1
    for blob in $t/blobs/sha256/*; do
      [ "$(sha256sum <$blob)" = "\${blob##*/}  -" ] || { echo "ctr: content digest mismatch"; exit 1; }
    done
    grep -o '"digest":"[^"]*"[^}]*"io.containerd.image.name":"[^"]*"' $t/index.json | sed 's/"digest":"\\([^"]*\\)".*:"\\([^"]*\\)"$/\\1 \\2/' |
      while read -r digest name; do
        f=$s/$(echo "$name" | tr / _); label=-; [ ! -e "$f" ] || label=$(sed 's/.* //' "$f")
        echo "$name application/vnd.oci.image.manifest.v1+json $digest 1B linux $label" >"$f"
      done
    rm -rf $t ;;
  "images label") f=$s/$(echo "$3" | tr / _); [ ! -e /run/doubles/no-labels ] && [ -f $f ] && sed -i "s|-$|$4|" $f && echo "label $3" >>/run/doubles/told ;;
  "images rm") rm $s/$(echo "$4" | tr / _) && echo "$3 rm $4" >>/run/doubles/told ;;
  "containers ls") echo "id-of-$4" ;;
  "tasks kill") echo "$5" >>/run/doubles/killed ;;
  *) echo "nobody foresaw: ctr $*" >&2; exit 70 ;;
esac
END
`;
