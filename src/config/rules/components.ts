import { hostBits, nthAddress, parseCidrs } from "../../shared/ip.ts";
import { isMap } from "../../shared/is-map.ts";
import { type Finding, show } from "../problems.ts";
import type { Path } from "../schema.ts";
import type { Cluster, Fragment } from "../types.ts";
import { type ComponentFormat, judgeFormat, kubeletFormat, proxyFormat } from "./component-fields.ts";
import { type Rule, when } from "./rule.ts";

/** A field of a fragment which kbs decides or relies on. */
interface Field {
  readonly path: readonly string[];
  /** The value that kbs writes; other values are told. */
  readonly expected: (cluster: Cluster) => unknown;
  readonly severity: "error" | "warning";
  readonly hint: string;
}

const dnsAddress = ({ kubernetes }: Cluster): unknown => {
  const [first] = parseCidrs(kubernetes.serviceSubnet);
  return first === undefined || hostBits(first) < 4 ? undefined : [nthAddress(first, 10)]; // other rules speak of these
};

const fixed = (path: string, value: unknown, hint: string): Field => ({
  path: path.split("."),
  expected: () => value,
  severity: "error",
  hint,
});
const advised = (path: string, value: unknown, hint: string): Field => ({ ...fixed(path, value, hint), severity: "warning" });

const kubeletFields: readonly Field[] = [
  fixed("apiVersion", "kubelet.config.k8s.io/v1beta1", "leave it out"),
  fixed("kind", "KubeletConfiguration", "leave it out"),
  fixed("staticPodPath", "/etc/kubernetes/manifests", "the control plane is started from there; leave it out"),
  fixed("rotateCertificates", true, "without rotation nodes are lost after a year; leave it out"),
  {
    path: ["authentication", "x509", "clientCAFile"],
    expected: ({ kubernetes }) => `${kubernetes.certificatesDir ?? "/etc/kubernetes/pki"}/ca.crt`,
    severity: "error",
    hint: "the API server is known by it; leave it out",
  },
  { path: ["clusterDomain"], expected: ({ kubernetes }) => kubernetes.dnsDomain, severity: "error", hint: "set spec.kubernetes.dnsDomain" },
  { path: ["clusterDNS"], expected: dnsAddress, severity: "warning", hint: "the cluster's DNS is the tenth address of serviceSubnet" },
  advised("authentication.anonymous.enabled", false, "anyone who reaches the port could use the kubelet"),
  advised("authentication.webhook.enabled", true, "tokens of the cluster would not be known to the kubelet"),
  advised("authorization.mode", "Webhook", "the cluster's roles would not hold for the kubelet"),
  advised("healthzPort", 10_248, "kbs waits for the kubelet on port 10248"),
  advised("healthzBindAddress", "127.0.0.1", "kbs waits for the kubelet on 127.0.0.1"),
  advised("cgroupDriver", "systemd", "on hosts with systemd, a second manager of cgroups makes nodes unstable"),
  advised(
    "serverTLSBootstrap",
    false,
    "nothing in the cluster approves these requests: approve them yourself with `kubectl certificate approve`",
  ),
];

const proxyFields: readonly Field[] = [
  fixed("apiVersion", "kubeproxy.config.k8s.io/v1alpha1", "leave it out"),
  fixed("kind", "KubeProxyConfiguration", "leave it out"),
  { path: ["mode"], expected: ({ kubernetes }) => kubernetes.proxyMode, severity: "error", hint: "set spec.kubernetes.proxyMode" },
  { path: ["clusterCIDR"], expected: ({ kubernetes }) => kubernetes.podSubnet, severity: "error", hint: "set spec.kubernetes.podSubnet" },
  fixed("clientConnection.kubeconfig", "/var/lib/kube-proxy/kubeconfig.conf", "it is mounted there; leave it out"),
];

const valueAt = (fragment: Fragment, path: readonly string[]): unknown => {
  let here: unknown = fragment;
  for (const key of path) here = isMap(here) ? here[key] : undefined;
  return here;
};

interface Component {
  readonly at: Path;
  readonly format: ComponentFormat;
  readonly fields: readonly Field[];
}

const kubelet: Component = { at: ["spec", "kubernetes", "kubelet"], format: kubeletFormat, fields: kubeletFields };
const proxy: Component = { at: ["spec", "kubernetes", "kubeProxy"], format: proxyFormat, fields: proxyFields };

const judge = (fragment: Fragment, { at, format, fields }: Component, cluster: Cluster): Finding[] => {
  const { findings, rest } = judgeFormat(format, fragment);
  const others = fields.flatMap(({ path, expected, severity, hint }) => {
    const [value, wanted] = [valueAt(rest, path), expected(cluster)];
    const differs = value !== undefined && wanted !== undefined && JSON.stringify(value) !== JSON.stringify(wanted);
    return when(differs, { path, severity, message: `${show(value)} is not what kbs uses, ${show(wanted)}`, hint });
  });
  return [...findings, ...others].map((finding) => ({ ...finding, path: [...at, ...finding.path] }));
};

/** What the kubelet refuses, and what kubeadm forces or warns about in a KubeletConfiguration. */
export const kubeletFragment: Rule = ({ cluster }) => judge(cluster.kubernetes.kubelet, kubelet, cluster);

export const proxyFragment: Rule = ({ cluster }) => judge(cluster.kubernetes.kubeProxy, proxy, cluster);

/** On each node another address or runtime: one value cannot be right for all. */
const perNode = ["containerRuntimeEndpoint", "address", "providerID"];

export const perNodeFields: Rule = ({ cluster }) =>
  perNode.flatMap((name) =>
    when(cluster.kubernetes.kubelet[name] !== undefined, {
      path: ["spec", "kubernetes", "kubelet", name],
      at: "key",
      message: `${name} differs from node to node or is set by kbs; leave it out`,
    }),
  );

export const proxyModes: Rule = ({ file, cluster }) => {
  const { proxyMode, kubeProxy } = cluster.kubernetes;
  const path = ["spec", "kubernetes", "proxyMode"];
  return [
    ...when(proxyMode === "ipvs", {
      path,
      severity: "warning",
      message: "ipvs is deprecated since Kubernetes 1.35",
      hint: "nftables is its successor",
    }),
    ...when(proxyMode === "none" && cluster.network.plugin === "flannel", {
      path,
      severity: "warning",
      message: "without kube-proxy nothing serves Services: flannel does not replace it",
    }),
    ...when(proxyMode === "none" && file.spec?.kubernetes?.kubeProxy !== undefined && Object.keys(kubeProxy).length > 0, {
      path: ["spec", "kubernetes", "kubeProxy"],
      at: "key",
      severity: "warning",
      message: "is not used, since proxyMode is none",
    }),
  ];
};
