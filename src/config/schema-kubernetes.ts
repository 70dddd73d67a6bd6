import { defaults } from "./defaults.ts";
import { asWritten, choice, fragment, list, port, type SchemaNode, section, text } from "./schema-node.ts";

export const extraArgs = (component: string, example: Record<string, string>): SchemaNode => ({
  type: ["object", "array"],
  description: `Flags of ${component}, without dashes: a map, or a list of {name, value} where a flag is to be given more than once. A flag replaces kbs's own of that name.`,
  additionalProperties: asWritten,
  items: section(
    "One flag.",
    {
      name: text("Name of the flag, without dashes.", { examples: ["v"] }),
      value: { ...asWritten, description: "Value of the flag.", examples: ["2"] },
    },
    { required: ["name", "value"] },
  ),
  default: {},
  examples: [example],
});

export const sans = (whose: string): SchemaNode =>
  list(
    `More names and IP addresses for the certificate of ${whose}.`,
    { type: "string" },
    { default: [], examples: [["k8s.example.com"]] },
  );

export const kubernetes = section("Kubernetes itself.", {
  version: {
    type: ["string", "number"],
    description: "Release of Kubernetes: v1.36.3, 1.36.3, or 1.36 for the patch release that this kbs knows best.",
    default: defaults.version,
    examples: ["v1.36.3", "1.36"],
  },
  clusterName: text("Name of the cluster in kubeconfigs and for the controller manager.", { default: defaults.clusterName }),
  podSubnet: text(
    "Addresses of pods: a subnet, or one of IPv4 and one of IPv6. Each node takes a /24 or /64 of it. Empty, without a pod network of kbs: nodes get no subnet.",
    { minLength: 0, default: defaults.podSubnet, examples: ["10.244.0.0/16,fd00:10:244::/56"] },
  ),
  serviceSubnet: text("Addresses of services, of the same families in the same order: at most 20 host bits.", {
    default: defaults.serviceSubnet,
    examples: ["10.96.0.0/12,fd00:10:96::/112"],
  }),
  dnsDomain: text("DNS domain of services.", { default: defaults.dnsDomain }),
  proxyMode: choice("How kube-proxy works; none leaves kube-proxy out.", ["iptables", "nftables", "ipvs", "none"], defaults.proxyMode),
  encryptionAlgorithm: choice(
    "Keys of all certificates.",
    ["RSA-2048", "RSA-3072", "RSA-4096", "ECDSA-P256", "ECDSA-P384"],
    defaults.encryptionAlgorithm,
  ),
  certificateValidityPeriod: text("How long certificates are valid, in hours, minutes, seconds.", {
    default: defaults.certificateValidityPeriod,
  }),
  caCertificateValidityPeriod: text("How long the certificate authorities are valid.", { default: defaults.caCertificateValidityPeriod }),
  apiServer: section("kube-apiserver.", {
    extraArgs: extraArgs("kube-apiserver", { "max-requests-inflight": "800" }),
    certSANs: sans("the API server"),
    bindPort: port("Port on which each API server listens.", { default: defaults.apiPort }),
  }),
  controllerManager: section("kube-controller-manager.", {
    extraArgs: extraArgs("kube-controller-manager", { "node-cidr-mask-size": "25" }),
  }),
  scheduler: section("kube-scheduler.", { extraArgs: extraArgs("kube-scheduler", { v: "2" }) }),
  kubelet: fragment("Fields of a KubeletConfiguration, merged into what kbs writes on every node.", { maxPods: 200 }),
  kubeProxy: fragment("Fields of a KubeProxyConfiguration, merged into what kbs writes.", { metricsBindAddress: "0.0.0.0:10249" }),
});
