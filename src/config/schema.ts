import { addonNames, defaults } from "./defaults.ts";
import { hosts, sshDefaults } from "./schema-hosts.ts";
import { extraArgs, kubernetes, sans } from "./schema-kubernetes.ts";
import { choice, flag, fragment, integer, list, nodeAt, port, type SchemaNode, section, text } from "./schema-node.ts";

/** A step into a document: a key of a map, or an index of a list. */
export type Path = readonly (string | number)[];

const etcd = section("etcd.", {
  mode: choice(
    "stacked: on the control planes. dedicated: on hosts with role etcd. external: not made by kbs.",
    ["stacked", "dedicated", "external"],
    defaults.etcdMode,
  ),
  dataDir: text("Folder of etcd's data on the host.", { default: defaults.etcdDataDir }),
  extraArgs: extraArgs("etcd", { "quota-backend-bytes": "8589934592" }),
  serverCertSANs: sans("the etcd server"),
  peerCertSANs: sans("etcd peers"),
  external: section("Where an external etcd is, for mode external.", {
    endpoints: list("Client URLs.", { type: "string" }, { examples: [["https://10.0.0.31:2379"]] }),
    caFile: text("CA of etcd, an absolute path on each control plane.", { examples: ["/etc/kubernetes/pki/etcd/ca.crt"] }),
    certFile: text("Client certificate for the API server.", { examples: ["/etc/kubernetes/pki/apiserver-etcd-client.crt"] }),
    keyFile: text("Key of the client certificate.", { examples: ["/etc/kubernetes/pki/apiserver-etcd-client.key"] }),
  }),
});

const network = section("The pod network.", {
  plugin: choice("Which pod network; none leaves it to you.", ["flannel", "calico", "cilium", "kube-ovn", "none"], defaults.networkPlugin),
  flannel: section("Options of flannel.", {
    backend: choice(
      "vxlan works everywhere; host-gw is faster where all hosts share a subnet.",
      ["vxlan", "host-gw"],
      defaults.flannelBackend,
    ),
    directRouting: flag("With vxlan: hosts of one subnet speak directly.", defaults.directRouting),
    interface: text("Network interface between hosts. Default: the one that has the host's internalAddress.", { examples: ["eth1"] }),
    mtu: integer("Largest packet of a pod, in bytes. Default: that of the interface, less the tunnel's overhead.", {
      minimum: 576,
      maximum: 65_535,
      examples: [1450],
    }),
  }),
});

const supply = section("Where binaries and images come from.", {
  mirrors: {
    type: "object",
    description: "Mirrors of image registries, tried in order before the registry itself: a URL or a list of URLs for each.",
    additionalProperties: { type: ["string", "array"], items: { type: "string" } },
    default: {},
    examples: [{ "docker.io": ["https://mirror.example.com"] }],
  },
  imageRepository: text("Repository of the Kubernetes images.", { default: defaults.imageRepository }),
  bundle: text(
    "Bundle, made by `npm run lab -- bundle` in the source tree of kbs. Default: searched for. A relative path starts at the folder of this file.",
    {
      examples: ["./kbs-bundle.tar"],
    },
  ),
  zone: choice("cn picks mirrors that can be reached from mainland China.", ["", "cn"], defaults.zone),
});

const addon = section(
  "An add-on.",
  {
    name: text(`Name of the add-on: ${addonNames.join(", ")}.`, { examples: ["dashboard"] }),
    values: fragment("Options of the add-on.", { nodePort: 30443 }),
  },
  { required: ["name"] },
);

const spec = section(
  "What the cluster should be.",
  {
    ssh: sshDefaults,
    hosts,
    controlPlaneEndpoint: {
      ...section(
        "What kubeconfigs name: a map, or `host:port`. Default: internalAddress of the first control plane; with haproxy, a name.",
        {
          host: text("Name or IP address.", { examples: ["k8s.example.com"] }),
          port: port("Port. Default: kubernetes.apiServer.bindPort.", { examples: [6443] }),
        },
      ),
      type: ["object", "string"],
      required: ["host"],
      examples: ["k8s.example.com:6443"],
    },
    loadBalancer: choice(
      "What spreads the endpoint over several control planes: a proxy on each worker, or an address that moves.",
      ["none", "haproxy", "kube-vip"],
      defaults.loadBalancer,
    ),
    kubernetes,
    runtime: section("The container runtime.", {
      name: choice("Which runtime.", ["containerd", "cri-o"], defaults.runtime),
      config: fragment("A part of containerd's config.toml, written as YAML, merged into what kbs writes.", { oom_score: -999 }),
    }),
    etcd,
    network,
    supply,
    addons: list("Add-ons to install.", addon, { default: [], examples: [[{ name: "dashboard", values: { nodePort: 30443 } }]] }),
  },
  { required: ["hosts"] },
);

/** The shape of a configuration. The published schema is made from it, and ajv judges by it. */
export const schema: SchemaNode = {
  $schema: "http://json-schema.org/draft-07/schema#",
  $id: "kbs-cluster.schema.json",
  title: "kbs cluster",
  ...section(
    "A Kubernetes cluster, as kbs makes it.",
    {
      apiVersion: { type: "string", description: "Version of this format.", const: "kbs/v1" },
      kind: { type: "string", description: "What the document describes.", const: "Cluster" },
      metadata: section("Who the cluster is.", { name: text("Name of the cluster.", { examples: ["demo"] }) }, { required: ["name"] }),
      spec,
    },
    { required: ["apiVersion", "kind", "metadata", "spec"] },
  ),
};

/** The schema of the value at a path; undefined where the schema knows nothing. */
export const schemaAt = (path: Path): SchemaNode | undefined => nodeAt(schema, path);

/** Whether the schema allows a type of JSON at a node. */
export const allows = (node: SchemaNode | undefined, type: string): boolean =>
  node !== undefined && [node.type].flat().some((t) => t === type);
