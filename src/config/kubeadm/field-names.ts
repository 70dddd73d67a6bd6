import { type Finding, formatPath } from "../problems.ts";
import type { Path } from "../schema.ts";
import type { Kind } from "./file-types.ts";
import type { KubeadmFinding } from "./rules/rule.ts";

/** Where kubeadm's documents say what a file of kbs's says; the first that fits holds. */
const rows: readonly (readonly [ours: string, kind: Kind, theirs: string])[] = [
  ["spec.hosts[0].name", "InitConfiguration", "nodeRegistration.name"],
  ["spec.hosts[0].address", "InitConfiguration", "localAPIEndpoint.advertiseAddress"],
  ["spec.hosts[0].internalAddress", "InitConfiguration", "localAPIEndpoint.advertiseAddress"],
  ["spec.hosts[0].taints", "InitConfiguration", "nodeRegistration.taints"],
  ["spec.hosts", "InitConfiguration", "nodeRegistration"],
  ["spec.controlPlaneEndpoint", "ClusterConfiguration", "controlPlaneEndpoint"],
  ["spec.kubernetes.version", "ClusterConfiguration", "kubernetesVersion"],
  ["spec.kubernetes.podSubnet", "ClusterConfiguration", "networking.podSubnet"],
  ["spec.kubernetes.serviceSubnet", "ClusterConfiguration", "networking.serviceSubnet"],
  ["spec.kubernetes.dnsDomain", "ClusterConfiguration", "networking.dnsDomain"],
  ["spec.kubernetes.proxyMode", "KubeProxyConfiguration", "mode"],
  ["spec.kubernetes.apiServer.bindPort", "InitConfiguration", "localAPIEndpoint.bindPort"],
  ["spec.kubernetes.kubelet", "KubeletConfiguration", ""],
  ["spec.kubernetes.kubeProxy", "KubeProxyConfiguration", ""],
  ["spec.kubernetes", "ClusterConfiguration", ""],
  ["spec.etcd.external", "ClusterConfiguration", "etcd.external"],
  ["spec.etcd.mode", "ClusterConfiguration", "etcd.external"],
  ["spec.etcd", "ClusterConfiguration", "etcd.local"],
  ["spec.supply.imageRepository", "ClusterConfiguration", "imageRepository"],
  ["spec.runtime.name", "InitConfiguration", "nodeRegistration.criSocket"],
];

const stepsOf = (text: string): Path => [...text.matchAll(/[^.[\]]+/g)].map(([step]) => (/^\d+$/.test(step) ? Number(step) : step));

const startsWith = (path: Path, start: Path): boolean => start.every((step, index) => path[index] === step);

/** kbs's names of fields in a sentence, as kubeadm's. */
const inTheirWords = (text: string): string =>
  rows.reduce(
    (sentence, [ours, kind, theirs]) =>
      sentence.replaceAll(new RegExp(`${ours.replaceAll(/[.[\]]/g, "\\$&")}(?![\\w[])`, "g"), [kind, theirs].filter(Boolean).join(".")),
    text,
  );

/** A finding about a file of kbs's as one about kubeadm's documents. */
export const inKubeadm = (finding: Finding): KubeadmFinding => {
  const { path, message, hint } = finding;
  const [ours = "", kind = "ClusterConfiguration", theirs = ""] = rows.find(([start]) => startsWith(path, stepsOf(start))) ?? [];
  const place = [...stepsOf(theirs), ...path.slice(stepsOf(ours).length)];
  const whole = { ...finding, message: inTheirWords(message), hint: hint === undefined ? undefined : inTheirWords(hint) };
  return ours === "" ? { ...whole, kind, path: [], message: `${formatPath(path)}: ${whole.message}` } : { ...whole, kind, path: place };
};
