import { fact } from "./fact.ts";
import { lines, sections } from "./text.ts";

export interface PkiFile {
  /** Permission bits, such as 0o600. */
  readonly mode: number;
  readonly content: Buffer;
}

/** Absolute path to file. */
export type PkiFilesFact = ReadonlyMap<string, PkiFile>;

/**
 * Every certificate, key and kubeconfig of a control plane, and as long as its kubelet has no kubeconfig the client certificates that were made for
 * it: an attempt that was cut off leaves one, by the name of its second, for the next to write over. Asked of control planes only, apart from the other facts, and secret: it holds
 * private keys. Links are followed. Undefined when it could not be learned (never mistake that for "no files"): code 75 says that a file changed
 * meanwhile.
 */
export const pkiFiles = fact(
  "pkiFiles",
  `
cd /etc/kubernetes || exit 0
IFS='
'
set -f
set -- $(find -L /etc/kubernetes/pki -type f)
for name in admin super-admin kubelet controller-manager scheduler; do
  [ -f "/etc/kubernetes/$name.conf" ] && set -- "$@" "/etc/kubernetes/$name.conf"
done
[ -f /etc/kubernetes/kubelet.conf ] || set -- "$@" $(find /var/lib/kubelet/pki -name 'kubelet-client-2*.pem' | sort)
[ $# -gt 0 ] || exit 0
sizes=$(stat -L -c '%a %s %n' "$@") || exit 75
echo '@@ files'
printf '%s\\n' "$sizes"
echo '@@ content'
cat "$@" | base64
[ "$sizes" = "$(stat -L -c '%a %s %n' "$@")" ] || exit 75`,
  (output, code): PkiFilesFact | undefined => {
    const parts = sections(output);
    const content = Buffer.from(parts.get("content") ?? "", "base64");
    const rows = lines(parts.get("files") ?? "").flatMap((line) => {
      const [, mode, size, path] = /^([0-7]+) (\d+) (.+)$/.exec(line) ?? [];
      return path === undefined ? [] : [{ path, mode: Number.parseInt(mode ?? "", 8), size: Number(size) }];
    });
    if (code !== 0 || rows.reduce((sum, { size }) => sum + size, 0) !== content.length) return undefined;
    let offset = 0;
    return new Map(
      rows.map(({ path, mode, size }) => {
        const file = { mode, content: content.subarray(offset, offset + size) };
        offset += size;
        return [path, file];
      }),
    );
  },
  { secret: true },
);
