import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  clusterFromKubeadm,
  type Handled,
  readKubeadmFile,
  readKubeadmText,
  type TranslateOptions,
} from "../../../src/config/kubeadm/index.ts";
import { kubeadmSchemas } from "../../../src/config/kubeadm/schema-kubeadm.ts";
import { ConfigError } from "../../../src/config/problems.ts";
import type { SchemaNode } from "../../../src/config/schema-node.ts";
import { imageNames } from "../../../src/supply/images.ts";
import { cluster, init, join as joining, kubelet, proxy } from "./bad-files.ts";
import { samples } from "./samples.ts";

const here = { name: "cp1", address: "10.0.0.11" };

const read = (...documents: string[]) => readKubeadmText({ name: "kubeadm.yaml", text: documents.join("---\n"), openToOthers: false });
const translated = (documents: readonly string[], options?: TranslateOptions) => clusterFromKubeadm(read(...documents), here, options);

const told = (documents: readonly string[], options?: TranslateOptions): string[] => {
  try {
    translated(documents, options);
    return [];
  } catch (error) {
    if (error instanceof ConfigError)
      return error.problems.filter(({ severity }) => severity === "error").map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
};

const pods = "networking: { podSubnet: 10.244.0.0/16 }";

const named = (text: string) => imageNames(translated([cluster(`${text}\n${pods}`)]).cluster);

describe("kubeadm's file as a cluster of one host", () => {
  test("what is not written is as kubeadm has it, and what the machine says", () => {
    const { cluster: made, run } = translated([init("")]);
    expect(made).toMatchObject({
      hosts: [{ name: "cp1", address: "10.0.0.11", internalAddress: "10.0.0.11", roles: ["control-plane"], local: true }],
      controlPlaneEndpoint: { host: "10.0.0.11", port: 6443 },
      kubernetes: { clusterName: "kubernetes", serviceSubnet: "10.96.0.0/12", dnsDomain: "cluster.local", encryptionAlgorithm: "RSA-2048" },
      etcd: { mode: "stacked", dataDir: "/var/lib/etcd" },
      network: { plugin: "none" },
      supply: { imageRepository: "registry.k8s.io" },
    });
    expect(made.hosts[0]?.taints).toEqual([{ key: "node-role.kubernetes.io/control-plane", value: "", effect: "NoSchedule" }]);
    expect(run).toEqual({
      bootstrapTokens: [],
      skipPhases: [],
      dryRun: false,
      timeouts: {
        controlPlaneComponentHealthCheck: 240,
        kubeletHealthCheck: 240,
        kubernetesAPICall: 60,
        etcdAPICall: 120,
        tlsBootstrap: 300,
        discovery: 300,
        upgradeManifests: 300,
      },
      kubeletExtraArgs: [],
      ignorePreflightErrors: [],
      imagePullPolicy: "IfNotPresent",
      imagePullSerial: true,
    });
  });

  test("what is written reaches the cluster", () => {
    const { cluster: made, warnings } = translated([
      init(`nodeRegistration: { name: Node-1, taints: [{ key: a, value: b, effect: NoExecute }] }
localAPIEndpoint: { advertiseAddress: 10.0.0.12, bindPort: 6444 }`),
      cluster(`kubernetesVersion: 1.36.3
clusterName: blue
controlPlaneEndpoint: K8S.Example.com
networking: { podSubnet: 10.1.0.0/16, serviceSubnet: 10.2.0.0/16, dnsDomain: blue.local }
encryptionAlgorithm: ECDSA-P384
certificateValidityPeriod: 1h30m
apiServer: { extraArgs: [{ name: v, value: "2" }, { name: v, value: "3" }], certSANs: [EXAMPLE.com] }
controllerManager: { extraArgs: [{ name: v, value: "4" }] }
scheduler: { extraArgs: [{ name: v, value: "5" }] }
etcd: { local: { dataDir: /data/etcd, extraArgs: [{ name: a, value: "" }], serverCertSANs: [s], peerCertSANs: [p] } }`),
      kubelet("maxPods: 200"),
      proxy("mode: nftables\nmetricsBindAddress: 0.0.0.0:10249"),
    ]);
    expect(warnings).toEqual([]);
    expect(made).toMatchObject({
      hosts: [{ name: "node-1", address: "10.0.0.12", taints: [{ key: "a", value: "b", effect: "NoExecute" }] }],
      controlPlaneEndpoint: { host: "k8s.example.com", port: 6444 },
      kubernetes: {
        version: "v1.36.3",
        clusterName: "blue",
        podSubnet: "10.1.0.0/16",
        serviceSubnet: "10.2.0.0/16",
        dnsDomain: "blue.local",
        proxyMode: "nftables",
        encryptionAlgorithm: "ECDSA-P384",
        certificateValidity: { leaf: 5400, ca: 315_360_000 },
        apiServer: {
          extraArgs: [
            { name: "v", value: "2" },
            { name: "v", value: "3" },
          ],
          certSANs: ["example.com"],
          bindPort: 6444,
        },
        controllerManager: { extraArgs: [{ name: "v", value: "4" }] },
        scheduler: { extraArgs: [{ name: "v", value: "5" }] },
        kubelet: { maxPods: 200 },
        kubeProxy: { metricsBindAddress: "0.0.0.0:10249" },
      },
      etcd: { dataDir: "/data/etcd", extraArgs: [{ name: "a", value: "" }], serverCertSANs: ["s"], peerCertSANs: ["p"] },
    });
  });

  test.each([
    ["no taint makes a node for ordinary pods", "nodeRegistration: { taints: [] }", ["control-plane", "worker"]],
    ["null is kubeadm's own taint", "nodeRegistration: { taints: null }", ["control-plane"]],
  ])("%s", (_, body, roles) => {
    expect(translated([init(body), cluster(pods)]).cluster.hosts[0]?.roles).toEqual(roles);
  });

  test("kube-proxy is left out when it is disabled", () => {
    expect(translated([cluster(`proxy: { disabled: true }\n${pods}`)]).cluster.kubernetes.proxyMode).toBe("none");
    expect(translated([cluster(`dns: { disabled: true }\n${pods}`)]).cluster.kubernetes.dnsDisabled).toBe(true);
    const folderOf = (folder: string) => translated([cluster(`certificatesDir: ${folder}\n${pods}`)]).cluster.kubernetes.certificatesDir;
    expect(folderOf("/srv/pki")).toBe("/srv/pki");
    expect(folderOf("/etc/kubernetes/pki")).toBeUndefined();
  });

  test("the caller chooses the pod network", () => {
    expect(translated([cluster("")], { network: "flannel" })).toMatchObject({
      cluster: { network: { plugin: "flannel" }, kubernetes: { podSubnet: "10.244.0.0/16" } },
      warnings: [],
    });
  });

  test("what kubeadm prints as defaults with its components is taken, token and all", async () => {
    const file = await readKubeadmFile(join(import.meta.dirname, "golden", "print-init-defaults-components.txt"));
    const { cluster: made, run } = clusterFromKubeadm(file, here, { handled: ["InitConfiguration.bootstrapTokens"] });
    expect(made.hosts).toMatchObject([{ name: "node", address: "1.2.3.4" }]);
    expect(made.kubernetes.kubelet).not.toHaveProperty("containerRuntimeEndpoint");
    expect(run.bootstrapTokens).toHaveLength(1);
  });

  test("what kbs's own files have no words for stays with the component and the kubelet", () => {
    const mount = { name: "audit", hostPath: "/var/log/audit", mountPath: "/audit", pathType: "DirectoryOrCreate" };
    const component = JSON.stringify({ extraVolumes: [mount], extraEnvs: [{ name: "A", value: "b" }] });
    const node = init('nodeRegistration: { criSocket: /run/containerd/containerd.sock, kubeletExtraArgs: [{ name: v, value: "4" }] }');
    const { cluster: made } = translated([
      `${node}---\n${cluster(`apiServer: ${component}\netcd: { local: { extraEnvs: [{ name: C, value: d }] } }\n${pods}`)}`,
    ]);
    expect(made.kubernetes.apiServer.extraVolumes).toEqual([{ ...mount, readOnly: false }]);
    expect(made.kubernetes.apiServer.extraEnvs).toEqual([{ name: "A", value: "b" }]);
    expect(made.etcd.extraEnvs).toEqual([{ name: "C", value: "d" }]);
    expect(made.hosts[0]?.kubeletExtraArgs).toEqual([{ name: "v", value: "4" }]);
    expect(made.runtime.endpoint).toBe("unix:///run/containerd/containerd.sock");
    expect(made.kubernetes.scheduler).toEqual({ extraArgs: [] });
  });

  test("the time limit of the control plane is kept, and those of other commands are nothing to init", () => {
    const wished = init("timeouts: { controlPlaneComponentHealthCheck: 6m, upgradeManifests: 9m }");
    expect(translated([wished]).cluster.controlPlaneWithin).toBe(360);
    expect(told([init("timeouts: { kubernetesAPICall: 2m }")])).toEqual(
      expect.arrayContaining([expect.stringContaining("timeouts.kubernetesAPICall")]),
    );
  });

  test("images of etcd and DNS may come from elsewhere", () => {
    expect(named("etcd: { local: { imageRepository: example.com/e, imageTag: 3.6.1-0 } }").etcd).toBe("example.com/e/etcd:3.6.1-0");
    expect(named("dns: { imageTag: v1.9.0 }").coredns).toBe("registry.k8s.io/coredns/coredns:v1.9.0");
    expect(named("dns: { imageRepository: example.com/d }\nimageRepository: example.com/k").coredns).toMatch(/^example\.com\/d\/coredns:v/);
    expect(named("imageRepository: example.com/k")).toMatchObject({
      "kube-proxy": expect.stringMatching(/^example\.com\/k\/kube-proxy:v/),
    });
  });

  test("without a subnet for pods there is none, unless kbs brings the pod network", () => {
    expect(translated([cluster("")]).cluster.kubernetes.podSubnet).toBe("");
  });

  test("a label is not looked up, which is said", () => {
    const { cluster: made, warnings } = translated([cluster(`kubernetesVersion: stable-1.35\n${pods}`)]);
    expect(made.kubernetes.version).toMatch(/^v1\.35\.\d+$/);
    expect(warnings.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      expect.stringContaining('ClusterConfiguration.kubernetesVersion: "stable-1.35" is not looked up'),
    ]);
  });

  test("the old gate wins over the field, as in kubeadm", () => {
    const { cluster: made } = translated([cluster(`encryptionAlgorithm: RSA-4096\nfeatureGates: { PublicKeysECDSA: true }\n${pods}`)]);
    expect(made.kubernetes.encryptionAlgorithm).toBe("ECDSA-P256");
  });
});

describe("what kbs cannot do yet is named, with kubeadm's name and place", () => {
  test.each<[string, string, string]>([
    ["a label that nobody here knows", cluster(`kubernetesVersion: latest\n${pods}`), "ClusterConfiguration.kubernetesVersion: "],
    [
      "another runtime",
      init("nodeRegistration: { criSocket: unix:///run/cri-dockerd.sock }"),
      "InitConfiguration.nodeRegistration.criSocket: ",
    ],
    [
      "an address of this machine alone",
      init("localAPIEndpoint: { advertiseAddress: 127.0.0.1 }"),
      "InitConfiguration.localAPIEndpoint.advertiseAddress: ",
    ],
    ["Windows", `${init("")}---\n${proxy("mode: kernelspace")}`, "KubeProxyConfiguration.mode: "],
    ["a kubelet's folder of static pods", `${init("")}---\n${kubelet("staticPodPath: /pods")}`, "KubeletConfiguration.staticPodPath: "],
  ])("%s", (_, text, start) => {
    expect(told([text])).toEqual(expect.arrayContaining([expect.stringContaining(start)]));
  });

  test("with the line", () => {
    const problems = (() => {
      try {
        translated([init("nodeRegistration:\n  imagePullPolicy: Always"), cluster(pods)]);
      } catch (error) {
        if (error instanceof ConfigError) return error.problems;
      }
      return [];
    })();
    expect(problems.find(({ severity }) => severity === "error")).toMatchObject({
      line: 4,
      column: 3,
      path: "InitConfiguration.nodeRegistration.imagePullPolicy",
      message: "nodeRegistration.imagePullPolicy is not supported yet by this version of kbs",
    });
  });

  test("not where the caller does it", () => {
    const text = init("skipPhases: [addon]\ncertificateKey: e6a2eb8581237ab72a4f494f30285ec12a9694d750b9785706a83bfcbbbd2204");
    const handled: Handled[] = ["InitConfiguration.skipPhases", "InitConfiguration.certificateKey"];
    expect(told([text])).toHaveLength(2);
    expect(translated([text], { handled }).run).toMatchObject({ skipPhases: ["addon"], certificateKey: expect.stringMatching(/^e6a2/) });
  });

  test("not for a time limit that is kubeadm's own", () => {
    expect(told([init("timeouts: { kubernetesAPICall: 60s, etcdAPICall: 2m }")])).toEqual([]);
    expect(told([init("timeouts: { kubernetesAPICall: 61s }")])).toEqual([
      expect.stringContaining("InitConfiguration.timeouts.kubernetesAPICall: "),
    ]);
  });

  test("a file for another command is refused, a document for another is told", () => {
    const join = joining("discovery: { file: { kubeConfigPath: /a.conf } }");
    expect(told([join])).toEqual([expect.stringContaining("neither an InitConfiguration nor a ClusterConfiguration")]);
    expect(translated([init(""), join]).warnings.map(({ path }) => path)).toContain("JoinConfiguration.kind");
  });
});

/** The paths of all that can be written in a document: `a.b`, `a[].c`. */
const leaves = (node: SchemaNode, path: string): string[] => {
  if (node.items !== undefined) return leaves(node.items, `${path}[]`);
  const named = Object.entries(node.properties ?? {}).flatMap(([key, item]) => leaves(item, path === "" ? key : `${path}.${key}`));
  return named.length > 0 ? named : [path];
};

const outcomeOf = (documents: readonly string[]): string => {
  try {
    const { cluster: made, run } = translated(documents);
    return JSON.stringify({ made, run });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
};

describe("nothing that is written is dropped in silence", () => {
  const schemas = kubeadmSchemas("v1beta4");
  const fields = (["InitConfiguration", "ClusterConfiguration"] as const).flatMap((kind) => {
    const schema = schemas[kind];
    return schema === undefined ? [] : leaves(schema, "").map((path) => `${kind}.${path}`);
  });
  const own = fields.filter((field) => !/\.(?:kind|apiVersion)$/.test(field) || field.includes("fieldRef"));

  test("every field of the format has a sample", () => {
    expect(Object.keys(samples).toSorted()).toEqual(own.toSorted());
  });

  test.each(Object.entries(samples))("%s changes the cluster, or is named", (field, body) => {
    const [documentOf, other] = field.startsWith("Init") ? [init, cluster(pods)] : [cluster, init("")];
    const before = outcomeOf([documentOf(field.startsWith("Init") ? "" : pods), other]);
    expect(outcomeOf([documentOf(body), other])).not.toBe(before);
  });
});
