import type { Cluster, Component, ExternalEtcd, HostMount, ImageSource } from "../../config/types.ts";
import { formatDuration } from "../../shared/duration.ts";
import { certificatesOf } from "../paths.ts";
import { dedicatedEndpoints, hostPort } from "../static-pods/etcd-urls.ts";
import { writtenVariable } from "../static-pods/pod.ts";

type Plain = Readonly<Record<string, unknown>>;

const extraArgs = ({ extraArgs: args, extraVolumes, extraEnvs }: Component): Plain => ({
  ...(args.length > 0 && { extraArgs: args }),
  ...(extraEnvs && { extraEnvs: extraEnvs.map(writtenVariable) }),
  ...(extraVolumes && { extraVolumes: extraVolumes.map(written) }),
});

/** What is zero is left out, as in Go. */
const written = ({ readOnly, pathType, ...mount }: HostMount): Plain => ({
  ...mount,
  ...(readOnly && { readOnly }),
  ...(pathType !== "" && { pathType }),
});

const imageOf = ({ repository, tag }: ImageSource = {}): Plain => ({
  ...(repository && { imageRepository: repository }),
  ...(tag && { imageTag: tag }),
});

const list = (name: string, values: readonly string[]): Plain => (values.length === 0 ? {} : { [name]: values });

/** Since 1.35 kubeadm names apart where etcd answers plain HTTP (health, metrics); it fills in the endpoints themselves. */
const external = ({ endpoints, ...files }: ExternalEtcd): Plain => ({ external: { endpoints, httpEndpoints: endpoints, ...files } });

const etcd = (cluster: Cluster): Plain => {
  const { etcd: wished, hosts, supply } = cluster;
  if (wished.mode === "external") return external(wished.external ?? { endpoints: [] });
  // To kubeadm, members on hosts of their own are an external etcd: it must neither start nor upgrade them.
  if (wished.mode === "dedicated") {
    const pki = certificatesOf(cluster);
    const client = `${pki}/apiserver-etcd-client`;
    const files = { caFile: `${pki}/etcd/ca.crt`, certFile: `${client}.crt`, keyFile: `${client}.key` };
    return external({ endpoints: dedicatedEndpoints({ hosts }), ...files });
  }
  const { dataDir, serverCertSANs, peerCertSANs } = wished;
  return {
    local: {
      dataDir,
      ...extraArgs(wished),
      ...imageOf(supply.images?.etcd),
      ...list("peerCertSANs", peerCertSANs),
      ...list("serverCertSANs", serverCertSANs),
    },
  };
};

/** The cluster in kubeadm's words (kubeadm.k8s.io/v1beta4): what kubeadm reads when it joins, upgrades or renews. */
export const clusterConfiguration = (cluster: Cluster): Plain => {
  const { kubernetes, controlPlaneEndpoint, supply } = cluster;
  const { apiServer, controllerManager, scheduler, certificateValidity } = kubernetes;
  return {
    apiServer: { ...list("certSANs", apiServer.certSANs), ...extraArgs(apiServer) },
    apiVersion: "kubeadm.k8s.io/v1beta4",
    caCertificateValidityPeriod: formatDuration(certificateValidity.ca),
    certificateValidityPeriod: formatDuration(certificateValidity.leaf),
    certificatesDir: certificatesOf(cluster),
    clusterName: kubernetes.clusterName,
    controlPlaneEndpoint: hostPort(controlPlaneEndpoint.host, controlPlaneEndpoint.port),
    controllerManager: extraArgs(controllerManager),
    dns: { ...imageOf(supply.images?.coredns), ...(kubernetes.dnsDisabled && { disabled: true }) },
    encryptionAlgorithm: kubernetes.encryptionAlgorithm,
    etcd: etcd(cluster),
    imageRepository: supply.imageRepository || "registry.k8s.io",
    kind: "ClusterConfiguration",
    kubernetesVersion: kubernetes.version,
    networking: {
      dnsDomain: kubernetes.dnsDomain,
      ...(kubernetes.podSubnet !== "" && { podSubnet: kubernetes.podSubnet }),
      serviceSubnet: kubernetes.serviceSubnet,
    },
    proxy: kubernetes.proxyMode === "none" ? { disabled: true } : {},
    scheduler: extraArgs(scheduler),
  };
};
