import { etcdUnitPath } from "../templates/paths.ts";
import { fact } from "./fact.ts";
import { lines } from "./text.ts";

/** What the manifest of an etcd member says, or the unit of one that is a service, and what is in the folder that it names. */
export interface EtcdManifest {
  /** `name=peer-url,…`, as the member was first started. */
  readonly initialCluster: string;
  /** "existing" for one that has joined others; absent for the first of a cluster. */
  readonly initialState?: string;
  /** The member has been started here. */
  readonly hasData: boolean;
  /** Where its data are. */
  readonly dataDir?: string;
  /** Where the member's CA is, and its certificates beside it. */
  readonly caFile?: string;
}

/** What is left or runs of a cluster, whoever made it. */
export interface KubernetesFact {
  /** Paths in /etc/kubernetes/manifests. */
  readonly manifests: readonly string[];
  /** Paths of *.conf in /etc/kubernetes. */
  readonly kubeconfigs: readonly string[];
  /** /etc/kubernetes/pki/ca.crt is there. */
  readonly hasCa: boolean;
  /** Absent where no etcd runs from a manifest, or from a unit as kbs writes it. */
  readonly etcd?: EtcdManifest;
  /** The tag of the API server's image, by its manifest: `v1.36.3`, with `_` for what a tag may not hold. */
  readonly apiServerVersion?: string;
  /** Where the API server finds etcd, by its manifest: client URLs. */
  readonly etcdServers?: readonly string[];
  /** The API server's port, by its manifest. */
  readonly apiServerPort?: number;
  /** The file of the CA whose clients the API server takes, by its manifest. */
  readonly clientCaFile?: string;
  /** The URL by which the kubelet reaches the API, by kubelet.conf. */
  readonly kubeletServer?: string;
  /** /var/lib/kubelet/config.yaml is there. */
  readonly hasKubeletConfig: boolean;
  /** Path of kubelet.service. */
  readonly kubeletUnit?: string;
  /** Paths in /etc/cni/net.d. */
  readonly cniConfigs: readonly string[];
  /** Other distributions of Kubernetes that have data here: `k3s`, `rke2`, `k0s`, `microk8s`. */
  readonly distributions: readonly string[];
}

const distributions: Readonly<Record<string, readonly string[]>> = {
  k3s: ["/var/lib/rancher/k3s", "/etc/rancher/k3s"],
  rke2: ["/var/lib/rancher/rke2", "/etc/rancher/rke2"],
  k0s: ["/var/lib/k0s", "/etc/k0s"],
  microk8s: ["/var/snap/microk8s"],
};

const unitPaths = ["/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

const watched = [
  "/etc/kubernetes/manifests/*",
  "/etc/kubernetes/*.conf",
  "/etc/kubernetes/pki/ca.crt",
  "/var/lib/kubelet/config.yaml",
  ...unitPaths.map((path) => `${path}/kubelet.service`),
  "/etc/cni/net.d/*",
  ...Object.values(distributions).flat(),
];

/** Lines that are no path begin with one of these. */
const [ofEtcd, ofApiServer, ofKubelet] = ["etcd:", "api-server:", "kubelet:"];

const flagIn = (found: readonly string[], of: string, name: string): string | undefined => {
  const start = `${of}${name}=`;
  return found.find((line) => line.startsWith(start))?.slice(start.length);
};

/** Expressions of sed that print lines with these flags, marked. */
const marked = (of: string, start: string, flags: readonly string[]): string =>
  flags.map((flag) => `-e 's/${start}${flag}=/${of}${flag}=/p'`).join(" ");

const etcdOf = (found: readonly string[]): EtcdManifest | undefined => {
  const [initialCluster, initialState] = [flagIn(found, ofEtcd, "initial-cluster"), flagIn(found, ofEtcd, "initial-cluster-state")];
  if (initialCluster === undefined) return undefined;
  const [caFile, dataDir] = [flagIn(found, ofEtcd, "trusted-ca-file"), flagIn(found, ofEtcd, "data-dir")];
  return {
    initialCluster,
    ...(initialState !== undefined && { initialState }),
    hasData: found.includes(`${ofEtcd}data`),
    ...(dataDir !== undefined && { dataDir }),
    ...(caFile !== undefined && { caFile }),
  };
};

/** What the manifest of the API server says. */
const apiServerOf = (found: readonly string[]) => {
  const [version, servers] = [flagIn(found, ofApiServer, "version"), flagIn(found, ofApiServer, "etcd-servers")];
  const [port, clientCaFile] = [flagIn(found, ofApiServer, "secure-port"), flagIn(found, ofApiServer, "client-ca-file")];
  return {
    ...(version !== undefined && { apiServerVersion: version }),
    ...(servers !== undefined && { etcdServers: servers.split(",") }),
    ...(port !== undefined && { apiServerPort: Number(port) }),
    ...(clientCaFile !== undefined && { clientCaFile }),
  };
};

export const kubernetes = fact(
  "kubernetes",
  `for path in ${watched.join(" ")}; do [ -e "$path" ] && printf '%s\\n' "$path"; done
sed -n ${marked(ofApiServer, "^ *- --", ["etcd-servers", "secure-port", "client-ca-file"])} -e 's/^ *image: .*:\\(v[0-9][^"@ ]*\\).*/${ofApiServer}version=\\1/p' /etc/kubernetes/manifests/kube-apiserver.yaml
sed -n 's/^ *server: */${ofKubelet}server=/p' /etc/kubernetes/kubelet.conf
for etcd in /etc/kubernetes/manifests/etcd.yaml ${etcdUnitPath}; do [ ! -r $etcd ] || break; done
[ -r $etcd ] || exit 0
flags=$(sed -n -e 's/ *\\\\$//' -e 's/^ *\\(- \\)\\{0,1\\}--\\([a-z-]*=.*\\)$/\\2/p' $etcd)
printf '%s\\n' "$flags" | sed -n ${marked(ofEtcd, "^", ["initial-cluster", "initial-cluster-state", "trusted-ca-file", "data-dir"])}
folder=$(printf '%s\\n' "$flags" | sed -n 's/^data-dir=//p')
[ ! -d "$folder/member" ] || echo ${ofEtcd}data`,
  (output): KubernetesFact => {
    const found = lines(output);
    const below = (folder: string): readonly string[] => found.filter((path) => path.startsWith(`${folder}/`));
    const etcd = etcdOf(found);
    const kubeletServer = flagIn(found, ofKubelet, "server");
    const kubeletUnit = found.find((path) => path.endsWith("/kubelet.service"));
    return {
      manifests: below("/etc/kubernetes/manifests"),
      kubeconfigs: found.filter((path) => /^\/etc\/kubernetes\/[^/]+\.conf$/.test(path)),
      hasCa: found.includes("/etc/kubernetes/pki/ca.crt"),
      hasKubeletConfig: found.includes("/var/lib/kubelet/config.yaml"),
      cniConfigs: below("/etc/cni/net.d"),
      distributions: Object.keys(distributions).filter((name) => distributions[name]?.some((path) => found.includes(path))),
      ...(kubeletUnit === undefined ? {} : { kubeletUnit }),
      ...(etcd && { etcd }),
      ...apiServerOf(found),
      ...(kubeletServer !== undefined && { kubeletServer }),
    };
  },
);
