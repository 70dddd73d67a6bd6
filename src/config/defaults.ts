/** What holds where a file says nothing. The schema publishes the same values. */
export const defaults = {
  agent: true,
  connectTimeout: 15,
  keepAliveInterval: 15,
  apiPort: 6443,
  loadBalancer: "none",
  version: "v1.36.3",
  clusterName: "kubernetes",
  podSubnet: "10.244.0.0/16",
  serviceSubnet: "10.96.0.0/12",
  dnsDomain: "cluster.local",
  proxyMode: "iptables",
  encryptionAlgorithm: "RSA-2048",
  certificateValidityPeriod: "8760h",
  caCertificateValidityPeriod: "87600h",
  runtime: "containerd",
  etcdMode: "stacked",
  etcdDataDir: "/var/lib/etcd",
  networkPlugin: "flannel",
  flannelBackend: "vxlan",
  directRouting: false,
  imageRepository: "registry.k8s.io",
  zone: "",
} as const;

/** The taint of a control plane that is no worker. */
export const controlPlaneTaint = { key: "node-role.kubernetes.io/control-plane", value: "", effect: "NoSchedule" } as const;

/** The add-ons which a configuration may name. */
export const addonNames = ["dashboard", "metrics-server"] as const;
