import type { Cluster, ClusterHost, Role } from "../../src/config/types.ts";

export const host = (name: string, internalAddress: string, roles: readonly Role[]): ClusterHost => ({
  name,
  address: internalAddress,
  internalAddress,
  roles,
  labels: {},
  taints: [],
  local: false,
  ssh: { agent: true, connectTimeout: 10, keepAliveInterval: 15 },
});

export const cp1 = host("cp1", "10.0.0.11", ["control-plane"]);
export const w1 = host("w1", "10.0.0.21", ["worker"]);

const year = 365 * 86_400;

/** One control plane, one worker, everything else as by default. */
export const cluster: Cluster = {
  name: "demo",
  source: "cluster.yaml",
  hosts: [cp1, w1],
  controlPlaneEndpoint: { host: "10.0.0.11", port: 6443 },
  loadBalancer: "none",
  kubernetes: {
    version: "v1.36.3",
    clusterName: "kubernetes",
    podSubnet: "10.244.0.0/16",
    serviceSubnet: "10.96.0.0/12",
    dnsDomain: "cluster.local",
    proxyMode: "iptables",
    encryptionAlgorithm: "RSA-2048",
    certificateValidity: { leaf: year, ca: 10 * year },
    apiServer: { extraArgs: [], certSANs: [], bindPort: 6443 },
    controllerManager: { extraArgs: [] },
    scheduler: { extraArgs: [] },
    kubelet: {},
    kubeProxy: {},
  },
  runtime: { name: "containerd", config: {} },
  etcd: { mode: "stacked", dataDir: "/var/lib/etcd", extraArgs: [], serverCertSANs: [], peerCertSANs: [] },
  network: { plugin: "flannel", flannel: { backend: "vxlan", directRouting: false } },
  supply: { mirrors: {}, imageRepository: "", zone: "" },
  addons: [],
};

/** The same cluster with parts of its Kubernetes section replaced. */
export const withKubernetes = (kubernetes: Partial<Cluster["kubernetes"]>): Cluster => ({
  ...cluster,
  kubernetes: { ...cluster.kubernetes, ...kubernetes },
});

/** The same cluster with parts of its API server's settings replaced. */
export const withApiServer = (apiServer: Partial<Cluster["kubernetes"]["apiServer"]>): Cluster =>
  withKubernetes({ apiServer: { ...cluster.kubernetes.apiServer, ...apiServer } });
