import { fact } from "../../facts/fact.ts";
import { keyValues, sections } from "../../facts/text.ts";
import { pki } from "../../templates/paths.ts";
import { dialled, ownPlaceIn } from "../../templates/static-pods/index.ts";

/** A component that serves TLS on a control plane. */
export interface Listener {
  readonly component: string;
  /** At which it is dialled from its host. */
  readonly address: string;
  readonly port: number;
  /** Path of the file whose certificate it is told to present. Absent where it makes one for itself. */
  readonly file?: string;
  /** It takes only clients that etcd's CA has signed. */
  readonly ofEtcd: boolean;
}

export interface Listeners {
  readonly all: readonly Listener[];
  /** Whether etcd runs as a static pod. */
  readonly localEtcd: boolean;
}

const flags = "(secure-port|bind-address|listen-client-urls|listen-peer-urls|tls-cert-file|cert-file|peer-cert-file)";

type Flags = ReadonlyMap<string, string>;

const server = (component: string, given: Flags | undefined, port: number, file?: string): readonly Listener[] => {
  if (given === undefined) return [];
  const named = given.get("tls-cert-file") ?? file;
  const at = { address: dialled(given.get("bind-address")), port: Number(given.get("secure-port") ?? port) };
  return [{ component, ...at, ...(named !== undefined && { file: named }), ofEtcd: false }];
};

/** etcd's port for its peers is on the node's address alone. */
const etcd = (component: string, urls: string | undefined, file: string | undefined): readonly Listener[] => {
  const place = ownPlaceIn(urls ?? "");
  if (place === undefined) return [];
  return [{ component, address: place.at, port: place.port, ...(file !== undefined && { file }), ofEtcd: true }];
};

/** Unquoted, without the dashes. */
const flagsIn = (text: string | undefined): Flags | undefined =>
  text === undefined ? undefined : keyValues(text.replaceAll(/^\s*--/gm, "").replaceAll(/["']/g, ""));

/** Where components of a control plane serve TLS, by their manifests and the kubelet's configuration. */
export const listeners = fact(
  "tlsListeners",
  `
for name in kube-apiserver etcd kube-controller-manager kube-scheduler; do
  path=/etc/kubernetes/manifests/$name.yaml
  [ -f "$path" ] || continue
  echo "@@ $name"
  grep -oE -e '--${flags}=[^"[:space:]]+' "$path"
done
[ -f /var/lib/kubelet/config.yaml ] || exit 0
echo '@@ kubelet'
sed -n -e 's/^port: */--secure-port=/p' -e 's/^address: */--bind-address=/p' -e 's/^tlsCertFile: */--tls-cert-file=/p' /var/lib/kubelet/config.yaml`,
  (output): Listeners => {
    const parts = sections(output);
    const given = (name: string): Flags | undefined => flagsIn(parts.get(name));
    const etcdFlags = given("etcd");
    return {
      all: [
        ...server("kube-apiserver", given("kube-apiserver"), 6443, `${pki}/apiserver.crt`),
        ...etcd("etcd", etcdFlags?.get("listen-client-urls"), etcdFlags?.get("cert-file")),
        ...etcd("etcd (peers)", etcdFlags?.get("listen-peer-urls"), etcdFlags?.get("peer-cert-file")),
        ...server("kubelet", given("kubelet"), 10_250),
        ...server("kube-controller-manager", given("kube-controller-manager"), 10_257),
        ...server("kube-scheduler", given("kube-scheduler"), 10_259),
      ],
      localEtcd: parts.has("etcd"),
    };
  },
);
