import type { Cluster, ClusterHost } from "../../src/config/types.ts";
import { cluster, cp1, host, w1, withKubernetes } from "./cluster.ts";

/** What a release has otherwise shows in arguments and patches of one's own, too. */
const ofRelease = (version: string): Cluster => ({
  ...withKubernetes({
    version,
    scheduler: {
      extraArgs: [
        { name: "v", value: "2" },
        { name: "leader-elect", value: "true" },
      ],
    },
  }),
  patches: [
    {
      target: "kubeproxydaemonset",
      type: "merge",
      content: { metadata: { labels: { rack: "r1" } } },
      file: "/etc/patches/kubeproxydaemonset+merge.yaml",
    },
  ],
});

/** The clusters of the recordings in golden/, in kbs's words. */
export const cases = {
  default: cluster,
  args: {
    ...withKubernetes({
      clusterName: "blue",
      podSubnet: "10.50.0.0/16",
      serviceSubnet: "10.60.0.0/16",
      dnsDomain: "blue.example",
      proxyMode: "none",
      encryptionAlgorithm: "ECDSA-P256",
      certificateValidity: { leaf: 720 * 3600, ca: 17_520 * 3600 + 1800 },
      apiServer: {
        bindPort: 7443,
        certSANs: ["api.blue.example"],
        extraArgs: [
          { name: "service-account-issuer", value: "https://issuer.example" },
          { name: "service-account-issuer", value: "https://old.example" },
          { name: "audit-log-maxage", value: "7" },
          { name: "authorization-config", value: "/etc/kubernetes/pki/authz.yaml" },
        ],
      },
      controllerManager: {
        extraArgs: [
          { name: "node-cidr-mask-size", value: "25" },
          { name: "bind-address", value: "0.0.0.0" },
        ],
      },
      scheduler: { extraArgs: [{ name: "bind-address", value: "10.0.0.11" }] },
      kubelet: { maxPods: 200, failCgroupV1: false, authentication: { webhook: { cacheTTL: "30s" } } },
    }),
    controlPlaneEndpoint: { host: "k8s.example.com", port: 8443 },
    supply: { mirrors: {}, imageRepository: "registry.example.com/k8s", zone: "" },
    etcd: {
      mode: "stacked",
      dataDir: "/data/etcd",
      serverCertSANs: ["etcd.blue.example"],
      peerCertSANs: ["peer.blue.example"],
      extraArgs: [
        { name: "listen-metrics-urls", value: "http://10.0.0.11:3381,http://127.0.0.1:2381" },
        { name: "advertise-client-urls", value: "https://10.0.0.12:2379" },
      ],
    },
  },
  external: {
    ...withKubernetes({ proxyMode: "nftables", kubeProxy: { conntrack: { maxPerCore: 0, min: 0 } } }),
    etcd: {
      ...cluster.etcd,
      mode: "external",
      external: {
        endpoints: ["https://10.0.0.31:2379", "https://10.0.0.32:2379"],
        caFile: "/etc/etcd/ca.crt",
        certFile: "/etc/etcd/client/tls.crt",
        keyFile: "/srv/keys/tls.key",
      },
    },
  },
  ipv6: {
    ...withKubernetes({ podSubnet: "fd00:244::/56", serviceSubnet: "fd00:96::/112" }),
    hosts: [host("cp1", "fd00:10::11", ["control-plane"]), w1],
    controlPlaneEndpoint: { host: "fd00:10::11", port: 6443 },
    proxyVariables: [
      { name: "https_proxy", value: "http://proxy.example:3128" },
      { name: "HTTPS_PROXY", value: "http://proxy.example:3128" },
      { name: "NO_PROXY", value: "fd00::/8,.svc" },
    ],
  },
  "1.35": ofRelease("v1.35.4"),
  "1.37": ofRelease("v1.37.0"),
} satisfies Readonly<Record<string, Cluster>>;

export type CaseName = keyof typeof cases;
export const caseNames = ["default", "args", "external", "ipv6", "1.35", "1.37"] as const satisfies readonly CaseName[];

const of = (name: CaseName): Cluster => cases[name];

/** The first control plane of a case. */
export const firstNode = (name: CaseName): ClusterHost => of(name).hosts[0] ?? cp1;

const repository = (name: CaseName): string => of(name).supply.imageRepository || "registry.k8s.io";

const tags: Readonly<Record<string, { readonly etcd: string; readonly coredns: string }>> = {
  "v1.35.4": { etcd: "3.6.6-0", coredns: "v1.13.1" },
  "v1.36.3": { etcd: "3.6.8-0", coredns: "v1.14.2" },
  "v1.37.0": { etcd: "3.7.0-0", coredns: "v1.14.6" },
};

/** Image names as the kubeadm of the case's version chooses them. */
export const imagesOf = (name: CaseName) => {
  const { version } = of(name).kubernetes;
  const { etcd = "", coredns = "" } = tags[version] ?? {};
  return {
    component: (component: string): string => `${repository(name)}/${component}:${version}`,
    etcd: `${repository(name)}/etcd:${etcd}`,
    coredns: `${repository(name)}/${repository(name) === "registry.k8s.io" ? "coredns/" : ""}coredns:${coredns}`,
  };
};
