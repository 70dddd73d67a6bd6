import { sh } from "./tag.ts";

/**
 * Stages blobs: first tells how much of each is there, then takes the rest of each from stdin, in order. A stream that ends early leaves a
 * part which the next attempt continues. Digests are verified where the blob is used, once: an executable's when it is unpacked, an
 * image's by containerd when it is imported; a damaged blob is removed there. None is synced, so whatever was staged before a boot is read
 * through once: a power cut leaves files with nothing in them under the names of whole ones.
 */
export const stageBlobs = sh`
survivors() {
  [ ! -e $u/staged ] || return 0
  for b in $d/blobs/sha256/*; do
    [ ! -f "$b" ] || { x=$(sha256sum <"$b"); [ "$\{x%% *}" = "$\{b##*/}" ] || rm -f "$b"; }
  done
  : >$u/staged
}
blob_offset() { # index hex size
  b=$d/blobs/sha256/$2
  if [ -f "$b" ]; then z=$3; elif [ -f "$b.part" ]; then z=$(stat -c %s "$b.part"); [ "$z" -le "$3" ] || { rm -f "$b.part"; z=0; }; else z=0; fi
  f "$1" answer 0 "$z"
  eval "z_$1=$z"
}
blob_take() { # index hex size
  b=$d/blobs/sha256/$2; eval "z=\$z_$1"
  if [ -f "$b" ]; then f "$1" same 0 ''; return; fi
  head -c $(($3 - z)) >>"$b.part" || { f "$1" failed 1 "cannot write $b.part: is the disk full?"; exit 0; }
  z=$(stat -c %s "$b.part"); [ "$z" = "$3" ] || { f "$1" failed 1 "the stream ended after $z of $3 bytes"; exit 0; }
  mv -f "$b.part" "$b"; f "$1" changed 0 ''
}
`;
