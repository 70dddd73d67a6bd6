import type { Wishes } from "./config.ts";

const args = (...pairs: readonly (readonly [string, string])[]) => pairs.map(([name, value]) => ({ name, value }));

const cluster = (fields: Readonly<Record<string, unknown>>): Wishes => ({ ClusterConfiguration: fields });
const kubelet = (fields: Readonly<Record<string, unknown>>): Wishes => ({ KubeletConfiguration: fields });
const proxy = (fields: Readonly<Record<string, unknown>>): Wishes => ({ KubeProxyConfiguration: fields });
const node = (nodeRegistration: Readonly<Record<string, unknown>>): Wishes => ({ InitConfiguration: { nodeRegistration } });

/** Parts of configurations that go together in any choice, odd ones among them: texts that look like something else, and lists that are empty. */
export const fragments: readonly Wishes[] = [
  cluster({ clusterName: "on" }),
  cluster({ networking: { dnsDomain: "1e3" } }),
  cluster({ networking: { serviceSubnet: "10.97.0.0/16" } }),
  cluster({ networking: { podSubnet: "" } }),
  cluster({ controlPlaneEndpoint: "192.0.2.77:443" }),
  cluster({ certificateValidityPeriod: "100h30m0s", encryptionAlgorithm: "ECDSA-P384" }),
  cluster({ proxy: { disabled: true } }),
  cluster({ featureGates: {} }),
  cluster({ apiServer: { certSANs: ["A.b", "10.0.0.1", "10.0.0.1", "*.c.d", "::1"] } }),
  cluster({
    apiServer: {
      extraArgs: args(["authorization-mode", "Node,RBAC,Webhook"], ["zzz", "on"], ["event-ttl", ""], ["feature-gates", "A=true"]),
    },
  }),
  cluster({
    apiServer: { extraArgs: args(["service-account-issuer", "a"], ["service-account-issuer", "b"], ["bind-address", "::"], ["v", "0"]) },
  }),
  cluster({ apiServer: { extraArgs: args(["authorization-config", "/etc/kubernetes/authz.yaml"], ["advertise-address", "192.0.2.3"]) } }),
  cluster({
    apiServer: {
      extraVolumes: [
        { name: "k8s-certs", hostPath: "/srv/certs", mountPath: "/srv/certs", readOnly: true, pathType: "Directory" },
        { name: "zz", hostPath: "/srv/zz", mountPath: "/zz" },
      ],
      extraEnvs: [
        { name: "B", value: "true" },
        { name: "A", value: "" },
      ],
    },
  }),
  cluster({
    controllerManager: { extraArgs: args(["allocate-node-cidrs", "false"], ["flex-volume-plugin-dir", "/x"], ["bind-address", "0.0.0.0"]) },
  }),
  cluster({ controllerManager: { extraVolumes: [{ name: "aaa", hostPath: "/srv", mountPath: "/srv", pathType: "" }] } }),
  cluster({ scheduler: { extraArgs: args(["bind-address", "::"], ["config", "/etc/kubernetes/scheduler.yaml"]) } }),
  cluster({
    etcd: {
      local: { extraArgs: args(["listen-metrics-urls", "http://0.0.0.0:2381"], ["name", "other"], ["quota-backend-bytes", "1_000"]) },
    },
  }),
  cluster({
    etcd: {
      local: { dataDir: "/srv/etcd", serverCertSANs: ["e.example"], peerCertSANs: ["192.0.2.8"], extraEnvs: [{ name: "X", value: "~" }] },
    },
  }),
  node({ kubeletExtraArgs: args(["v", "1"], ["node-labels", "a=b,c=d"], ["max-pods", "12"]) }),
  node({ kubeletExtraArgs: args(["node-ip", "192.0.2.9"]) }),
  node({ taints: [] }),
  node({
    taints: [
      { key: "b", value: "x", effect: "PreferNoSchedule" },
      { key: "a", effect: "NoSchedule" },
    ],
  }),
  node({ criSocket: "unix:///run/containerd/containerd.sock" }),
  { InitConfiguration: { localAPIEndpoint: { bindPort: 8443 } } },
  kubelet({ clusterDNS: ["10.96.0.99"], cgroupDriver: "cgroupfs", resolvConf: "/etc/resolv.conf" }),
  kubelet({ featureGates: { SomeGate: true }, systemReserved: { cpu: "100m" }, evictionSoft: {}, shutdownGracePeriod: "30s" }),
  kubelet({ logging: { format: "json", verbosity: 2 }, serverTLSBootstrap: true, maxPods: 12, registerNode: false }),
  kubelet({ authentication: { anonymous: { enabled: true }, webhook: { cacheTTL: "2m0s" } }, authorization: { mode: "AlwaysAllow" } }),
  proxy({ clusterCIDR: "10.1.0.0/16", bindAddress: "127.0.0.1", metricsBindAddress: "0.0.0.0:10249", featureGates: { SomeGate: false } }),
  proxy({ mode: "ipvs", ipvs: { strictARP: true, scheduler: "rr", excludeCIDRs: ["10.2.0.0/16"] } }),
  proxy({ mode: "nftables", nodePortAddresses: ["primary"], detectLocalMode: "ClusterCIDR", logging: { flushFrequency: 5 } }),
  proxy({
    iptables: { masqueradeBit: 14, localhostNodePorts: false, syncPeriod: "1m0s" },
    oomScoreAdj: -999,
    winkernel: { networkName: "x" },
  }),
];
