import type { KubeObject } from "../../changes/change.ts";
import type { Arg, Cluster } from "../../config/types.ts";
import { deltasOf, parseVersion } from "../../config/versions.ts";
import { commandLine, type Flags, lastValue } from "../args.ts";
import { certificatesOf } from "../paths.ts";
import { clientUrl, hostPort, localhost, peerUrl } from "./etcd-urls.ts";
import type { StaticPodInput } from "./input.ts";
import { componentPod } from "./pod.ts";
import type { ProbeTarget } from "./probes.ts";
import { writableDirectory } from "./volumes.ts";

/** A member of an etcd cluster by its name and its first peer URL. */
export interface EtcdMember {
  readonly name: string;
  readonly peerUrl: string;
}

export interface EtcdInput extends StaticPodInput {
  /** All members, this one among them, in the order of etcd's member list, when it joins a cluster that exists. Absent: the first member. */
  readonly joining?: readonly EtcdMember[];
}

const metricsPort = 2381;

/** What looks for corruption at a start and tells watchers how far they are, which had other names before etcd 3.6. */
const namedByAge = ({ kubernetes, supply }: Cluster): Flags => {
  const { images, oldEtcdFlags } = deltasOf(kubernetes.version);
  const tag = parseVersion(supply.images?.etcd?.tag ?? images.etcd);
  const isNew = tag !== undefined && (tag.major > 3 || (tag.major === 3 && tag.minor >= 6));
  return oldEtcdFlags && !isNew
    ? { "experimental-initial-corrupt-check": "true", "experimental-watch-progress-notify-interval": "5s" }
    : { "feature-gates": "InitialCorruptCheck=true", "watch-progress-notify-interval": "5s" };
};

const defaultFlags = ({ cluster, node, joining }: Pick<EtcdInput, "cluster" | "node" | "joining">): Flags => {
  const pki = certificatesOf(cluster);
  const address = node.internalAddress;
  const members = joining ?? [{ name: node.name, peerUrl: peerUrl(address) }];
  return {
    ...namedByAge(cluster),
    name: node.name,
    "advertise-client-urls": clientUrl(address),
    "cert-file": `${pki}/etcd/server.crt`,
    "client-cert-auth": "true",
    "data-dir": cluster.etcd.dataDir,
    "initial-advertise-peer-urls": peerUrl(address),
    "initial-cluster": members.map((member) => `${member.name}=${member.peerUrl}`).join(","),
    "initial-cluster-state": joining === undefined ? undefined : "existing",
    "key-file": `${pki}/etcd/server.key`,
    "listen-client-urls": `${clientUrl(localhost(address))},${clientUrl(address)}`,
    "listen-metrics-urls": `http://${hostPort(localhost(address), metricsPort)}`,
    "listen-peer-urls": peerUrl(address),
    "peer-cert-file": `${pki}/etcd/peer.crt`,
    "peer-client-cert-auth": "true",
    "peer-key-file": `${pki}/etcd/peer.key`,
    "peer-trusted-ca-file": `${pki}/etcd/ca.crt`,
    "snapshot-count": "10000",
    "trusted-ca-file": `${pki}/etcd/ca.crt`,
  };
};

/** What etcd is started with, as a static pod or as a service. */
export const etcdFlags = (input: Pick<EtcdInput, "cluster" | "node" | "joining">): readonly string[] => {
  const { etcd, kubernetes } = input.cluster;
  return commandLine(defaultFlags(input), etcd.extraArgs, deltasOf(kubernetes.version));
};

/** The first of the URLs for metrics, which a user may have moved. */
const probeTarget = (extraArgs: readonly Arg[], address: string): ProbeTarget => {
  const [first = ""] = (lastValue(extraArgs, "listen-metrics-urls") ?? "").split(",");
  const { scheme, v6, name, port } =
    /^(?<scheme>https?):\/\/(?:\[(?<v6>[^\]]*)\]|(?<name>[^:/]*))(?::(?<port>\d+))?/.exec(first)?.groups ?? {};
  return { scheme: scheme === "https" ? "HTTPS" : "HTTP", host: v6 || name || localhost(address), port: Number(port ?? metricsPort) };
};

/** The etcd member of one node. Its annotation is where other tools read the member's endpoint from. */
export const etcdPod = (input: EtcdInput): KubeObject => {
  const { cluster, node, image, startup } = input;
  const { dataDir, extraArgs } = cluster.etcd;
  return componentPod({
    name: "etcd",
    image,
    startup,
    extras: cluster.etcd,
    flags: etcdFlags(input),
    requests: { cpu: "100m", memory: "100Mi" },
    volumes: [writableDirectory("etcd-data", dataDir), writableDirectory("etcd-certs", `${certificatesOf(cluster)}/etcd`)],
    probe: probeTarget(extraArgs, node.internalAddress),
    probePaths: { liveness: "/livez", readiness: "/readyz", startup: "/readyz" },
    annotations: { "kubeadm.kubernetes.io/etcd.advertise-client-urls": clientUrl(node.internalAddress) },
  });
};
