import type { Cluster } from "../config/types.ts";
import { externalFiles, sharedPlaces } from "../pki/shared-files.ts";
import { quote, quoteAll } from "../shared/quote.ts";
import { fact } from "./fact.ts";
import { lines, sections } from "./text.ts";

export interface PkiFile {
  /** Permission bits, such as 0o600. */
  readonly mode: number;
  readonly content: Buffer;
}

/** Absolute path to file. */
export type PkiFilesFact = ReadonlyMap<string, PkiFile>;

/** Where certificates are, unless the cluster's configuration says otherwise. */
const usualFolder = "/etc/kubernetes/pki";

/** In a folder of one's own other things may lie. */
const ofPki = "-maxdepth 2 \\( -name '*.crt' -o -name '*.key' -o -name '*.pub' \\)";

/**
 * Every certificate, key and kubeconfig of a control plane, and as long as its kubelet has no kubeconfig the client certificates that were made for
 * it: an attempt that was cut off leaves one, by the name of its second, for the next to write over. Asked of control planes only, apart from the other facts, and secret: it holds
 * private keys. Links are followed. Undefined when it could not be learned (never mistake that for "no files"): code 75 says that files went on
 * changing for eight seconds. What a script that has lost its kbs still does on the host ends sooner.
 */
const filesOf = (others: readonly string[], folder: string) =>
  fact(
    "pkiFiles",
    `
files() {
IFS='
'
set -f
set -- $(find -L ${quote(folder)} ${folder === usualFolder ? "" : ofPki} -type f)
for path in ${quoteAll(others)}; do [ ! -f "$path" ] || set -- "$@" "$path"; done
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
[ "$sizes" = "$(stat -L -c '%a %s %n' "$@")" ] || exit 75
}
for look in 1 2 3 4 5 6 7 8; do
  found=$(files); code=$?
  [ "$code" -eq 75 ] || break
  sleep 1
done
printf '%s\\n' "$found"
[ "$code" -eq 0 ] || exit "$code"`,
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

/**
 * The files of a control plane.
 * @param folder of certificates
 * @param others by their paths, as far as they do not lie there anyway
 */
export const pkiFilesIn = (folder = usualFolder, others: readonly string[] = []) =>
  filesOf(
    others.filter((path) => !path.startsWith(`${folder}/`)),
    folder,
  );

/** Those of one whose etcd is nobody else's, or lies among them, in kubeadm's folder. */
export const pkiFiles = pkiFilesIn();

/** Those of a cluster: wherever its certificates lie, and with an external etcd what it is reached by. */
export const pkiFilesOf = (cluster: Pick<Cluster, "etcd" | "kubernetes">) => {
  const places = sharedPlaces(cluster);
  return pkiFilesIn(places.folder, [...externalFiles(places).keys()]);
};
