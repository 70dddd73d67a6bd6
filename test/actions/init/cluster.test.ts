import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { addressHere } from "../../../src/actions/address-here.ts";
import type { Here } from "../../../src/actions/fleet/here.ts";
import { clusterOfFlags, type InitFlags } from "../../../src/actions/init/cluster.ts";
import { clusterOfFile, type FromFile } from "../../../src/actions/init/file.ts";
import { refuseOther, refuseWorker } from "../../../src/actions/init/refusals.ts";
import { skippedPhases, withoutKubeProxy } from "../../../src/actions/init/skip.ts";
import { createBus, type RunEvent } from "../../../src/engine/events.ts";
import { kubernetes } from "../../../src/facts/kubernetes.ts";
import { network } from "../../../src/facts/network.ts";
import { withFolder } from "../../commands/run-kbs.ts";

/** As a host with two cards and a bridge answers. */
const answer = (routes: string): string => `@@ ip
known=yes
@@ links
docker0 1500 02:42:00:00:00:01
eth0 1500 52:54:00:00:00:01
eth1 1500 52:54:00:00:00:02
lo 65536 00:00:00:00:00:00
@@ addresses
1: lo    inet 127.0.0.1/8 scope host lo
2: eth0    inet 169.254.3.4/16 scope link eth0
2: eth0    inet 192.168.7.5/24 brd 192.168.7.255 scope global eth0
3: eth1    inet 10.9.0.4/24 scope global eth1
4: docker0    inet 172.17.0.1/16 scope global docker0
@@ routes4
${routes}
@@ routes6
`;
const networkOf = (routes: string): Here["network"] => network.parse(answer(routes), 0);
const usual = networkOf("default via 10.9.0.1 dev eth1 proto dhcp\n10.9.0.0/24 dev eth1 scope link");
const here: Here = { name: "n7", network: usual, kubernetes: kubernetes.parse("", 0), owner: undefined, remains: false, hasCaKey: false };

const clusterOf = (flags: Partial<InitFlags> = {}, told: RunEvent[] = []) => {
  const bus = createBus();
  bus.subscribe((event) => void told.push(event));
  return clusterOfFlags({ untaint: false, ...flags }, here, bus);
};

const complaint = (flags: Partial<InitFlags>): string => {
  try {
    clusterOf(flags);
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error("the flags were accepted");
};

describe("the address of this machine", () => {
  test("is that of the interface of the default route, and no link-local one", () => {
    expect(addressHere(usual, "--flag")).toBe("10.9.0.4");
    expect(addressHere(networkOf("default via 192.168.7.1 dev eth0\ndefault via 10.9.0.1 dev eth1 metric 100"), "--flag")).toBe(
      "192.168.7.5",
    );
  });

  test("must be said where there is no default route, and the choice is told", () => {
    const hint = expect.stringContaining("by --flag; it has 172.17.0.1 (docker0), 192.168.7.5 (eth0)");
    const said = { message: expect.stringContaining("has no default route"), details: expect.objectContaining({ hint }) };
    expect(() => addressHere(networkOf(""), "--flag")).toThrow(expect.objectContaining(said));
  });
});

describe("without a flag", () => {
  test("this machine becomes a tainted control plane under its own name, with kbs's defaults", () => {
    const told: RunEvent[] = [];
    expect(clusterOf({}, told)).toMatchObject({
      name: "kubernetes",
      hosts: [{ name: "n7", address: "10.9.0.4", internalAddress: "10.9.0.4", roles: ["control-plane"], local: true }],
      controlPlaneEndpoint: { host: "10.9.0.4", port: 6443 },
      kubernetes: { version: "v1.36.3", podSubnet: "10.244.0.0/16", serviceSubnet: "10.96.0.0/12", dnsDomain: "cluster.local" },
      network: { plugin: "flannel" },
    });
    expect(clusterOf().hosts[0]?.taints).toHaveLength(1);
    expect(told).toEqual([]);
  });
});

test("each flag says what its field of a file would", () => {
  const cluster = clusterOf({
    "apiserver-advertise-address": "192.168.7.5",
    "apiserver-bind-port": 7443,
    "apiserver-cert-extra-sans": ["api.example.com", "203.0.113.9"],
    "control-plane-endpoint": "K8S.Example.com:8443",
    "kubernetes-version": "1.36",
    "node-name": "first",
    "pod-network-cidr": "10.50.0.0/16",
    "service-cidr": "10.200.0.0/16",
    "service-dns-domain": "corp.internal",
    network: "none",
    untaint: true,
  });
  expect(cluster).toMatchObject({
    hosts: [{ name: "first", address: "192.168.7.5", roles: ["control-plane", "worker"], taints: [] }],
    controlPlaneEndpoint: { host: "k8s.example.com", port: 8443 },
    kubernetes: {
      version: "v1.36.3",
      podSubnet: "10.50.0.0/16",
      serviceSubnet: "10.200.0.0/16",
      dnsDomain: "corp.internal",
      apiServer: { bindPort: 7443, certSANs: ["api.example.com", "203.0.113.9"] },
    },
    network: { plugin: "none" },
  });
});

test("kubeadm's flags for the runtime, images and gates are understood", () => {
  const told: RunEvent[] = [];
  const flags = { "cri-socket": "/run/containerd/containerd.sock", "feature-gates": "PublicKeysECDSA=true,NodeLocalCRISocket=true" };
  expect(clusterOf({ ...flags, "image-repository": "registry.example.com/k8s" }, told)).toMatchObject({
    runtime: { name: "containerd", endpoint: "unix:///run/containerd/containerd.sock" },
    supply: { imageRepository: "registry.example.com/k8s" },
    kubernetes: { encryptionAlgorithm: "ECDSA-P256" },
  });
  expect(told).toMatchObject([{ type: "warning", text: expect.stringContaining("--feature-gates: PublicKeysECDSA") }]);
});

test.each([
  ["stable-1", "v1.36.3"],
  ["stable-1.35", "v1.35.4"],
])("kubeadm's label %s is the release that kbs knows, and it says so", (label, version) => {
  const told: RunEvent[] = [];
  expect(clusterOf({ "kubernetes-version": label }, told).kubernetes.version).toBe(version);
  expect(told).toMatchObject([{ type: "warning", text: `--kubernetes-version: "${label}" is not looked up: it is taken as ${version}` }]);
});

test.each([
  [{ "cri-socket": "unix:///run/crio/crio.sock" }, "--cri-socket: unix:///run/crio/crio.sock is not a socket that kbs can use yet"],
  [{ "feature-gates": "PublicKeysECDSA" }, '--feature-gates: "PublicKeysECDSA" is not a gate'],
  [{ "feature-gates": "RootlessControlPlane=true" }, "--feature-gates: RootlessControlPlane: "],
  [{ "feature-gates": "PublicKeyECDSA=true" }, "--feature-gates: PublicKeyECDSA: is not a feature gate of kubeadm"],
  [{ "image-repository": "https://example.com/k8s" }, "--image-repository: "],
])("what they cannot mean is refused: %j", (flags, said) => {
  expect(complaint(flags)).toContain(said);
});

test("somebody else's pod network gives nodes their subnets, unless a subnet is said", () => {
  expect(clusterOf({ network: "none" }).kubernetes.podSubnet).toBe("");
  expect(clusterOf({ network: "none", "pod-network-cidr": "10.50.0.0/16" }).kubernetes.podSubnet).toBe("10.50.0.0/16");
});

test("kubeadm's word for an address that is to be chosen is understood", () => {
  expect(clusterOf({ "apiserver-advertise-address": "0.0.0.0" }).hosts[0]?.address).toBe("10.9.0.4");
});

test.each<readonly [Partial<InitFlags>, string]>([
  [{ "apiserver-advertise-address": "n7.example.com" }, '--apiserver-advertise-address: "n7.example.com" is not an IP address'],
  [{ "apiserver-advertise-address": "127.0.0.1" }, "--apiserver-advertise-address: 127.0.0.1 cannot be a node's address"],
  [{ "pod-network-cidr": "10.50.0.0" }, '--pod-network-cidr: "10.50.0.0" is not a subnet (a prefix length is missing: 10.50.0.0/16, say)'],
  [{ "pod-network-cidr": "10.96.0.0/16" }, "--pod-network-cidr: --pod-network-cidr 10.96.0.0/16 and --service-cidr 10.96.0.0/12 overlap"],
  [{ "pod-network-cidr": "10.8.0.0/15" }, "(choose a --pod-network-cidr that holds no host)"],
  [{ "service-cidr": "10.200.0.0/8" }, "--service-cidr: 10.0.0.0/8 is too large for services"],
  [{ "kubernetes-version": "1.2" }, "--kubernetes-version: "],
  [{ "kubernetes-version": "stable-1.2" }, '--kubernetes-version: "stable-1.2" is not a version'],
  [{ "node-name": "First_Node" }, '--node-name: "First_Node" is not a name'],
  [{ "service-dns-domain": "my_domain" }, "--service-dns-domain: "],
  [{ "control-plane-endpoint": "https://k8s.example.com" }, '--control-plane-endpoint: "https://k8s.example.com" is a URL'],
  [{ "control-plane-endpoint": "10.9.0.4:8443" }, "(make it the same, or set --apiserver-bind-port)"],
  [{ "apiserver-cert-extra-sans": ["a b"] }, '--apiserver-cert-extra-sans: "a b" is not an IP address, a DNS name'],
])("%j is met with a sentence that names the flag", (flags, sentence) => {
  expect(complaint(flags)).toContain(sentence);
});

test("all that is wrong is told at once", () => {
  expect(complaint({ "node-name": "A", "pod-network-cidr": "x" }).split("\n")).toHaveLength(2);
});

const read = (text: string, flags: Partial<InitFlags> = {}, alsoTyped: readonly string[] = []): Promise<FromFile> =>
  withFolder(async (folder) => {
    const file = join(folder, "kbs.yaml");
    writeFileSync(file, text, { mode: 0o600 });
    return await clusterOfFile(file, { flags: { untaint: false, ...flags }, here, bus: createBus(), alsoTyped });
  });

const load = async (text: string, flags: Partial<InitFlags> = {}) => (await read(text, flags)).cluster;

describe("a file", () => {
  const head = "apiVersion: kbs/v1\nkind: Cluster\nmetadata: { name: demo }\n";
  const withoutHosts = `${head}spec:\n  kubernetes: { podSubnet: 10.50.0.0/16 }\n`;

  test("without hosts describes a cluster of this machine, and flags say what it leaves open", async () => {
    expect(await load(withoutHosts)).toMatchObject({
      name: "demo",
      hosts: [{ name: "n7", address: "10.9.0.4", local: true }],
      kubernetes: { podSubnet: "10.50.0.0/16" },
    });
    expect(await load(head, { "node-name": "first", "apiserver-advertise-address": "192.168.7.5", untaint: true })).toMatchObject({
      hosts: [{ name: "first", address: "192.168.7.5", roles: ["control-plane", "worker"] }],
    });
  });

  test("may have this machine as its only host", async () => {
    const own = `${head}spec:\n  hosts: [{ name: own, address: 10.9.0.4, roles: [control-plane], local: true }]\n`;
    expect((await load(own)).hosts).toMatchObject([{ name: "own" }]);
    await expect(load(own, { "node-name": "other" })).rejects.toThrow("--node-name cannot be given beside --config");
  });

  test("of a fleet is refused with what makes a fleet", async () => {
    const fleet = `${head}spec:\n  hosts: [{ name: cp1, address: 10.9.0.4, roles: [control-plane] }]\n`;
    await expect(load(fleet)).rejects.toThrow("names the hosts of a fleet, and kbs init works on this machine alone");
  });

  test("and a flag that says the same are not mixed, as by kubeadm", async () => {
    await expect(load(withoutHosts, { "pod-network-cidr": "10.1.0.0/16", network: "none" })).rejects.toThrow(
      "--pod-network-cidr, --network cannot be given beside --config",
    );
  });

  test("that is wrong is told with its lines", async () => {
    await expect(load(`${head}spec:\n  kubernetes: { podSubnet: 10.9.0.0/16 }\n`)).rejects.toThrow(/10\.9\.0\.4 lies in podSubnet/);
    await expect(load(`${head}spec: []\n`)).rejects.toThrow("must be a map");
  });
});

describe("a file of kubeadm's", () => {
  const init = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n";
  const ofCluster = "---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking: { podSubnet: 10.50.0.0/16 }\n";

  test("describes a cluster of this machine, with a pod network unless that is declined", async () => {
    expect((await read(init + ofCluster)).cluster).toMatchObject({
      name: "kubernetes",
      hosts: [{ name: "n7", address: "10.9.0.4", roles: ["control-plane"], local: true }],
      kubernetes: { podSubnet: "10.50.0.0/16" },
      network: { plugin: "flannel" },
    });
    expect((await read(init + ofCluster, { network: "none" })).cluster.network.plugin).toBe("none");
  });

  test("brings its token, which lives 24 hours unless it says otherwise", async () => {
    const token = "abcdef.0123456789abcdef";
    expect((await read(init)).invitation).toEqual({ life: 24 * 3_600_000 });
    const wish = `bootstrapTokens: [{ token: ${token}, ttl: 2h0m0s, usages: [authentication], groups: ["system:bootstrappers:rack"], description: mine }]\n`;
    expect((await read(init + wish)).invitation).toEqual({
      life: 2 * 3_600_000,
      token: { id: "abcdef", secret: "0123456789abcdef", text: token },
      usages: ["authentication"],
      groups: ["system:bootstrappers:rack"],
      description: "mine",
    });
    await expect(read(`${init}bootstrapTokens: [{ ttl: 1h }, { ttl: 2h }]\n`)).rejects.toThrow("more than one token is not supported yet");
  });

  test("brings the checks that are to be ignored", async () => {
    expect((await read(`${init}nodeRegistration: { ignorePreflightErrors: [Swap] }\n`)).ignorePreflight).toEqual(["Swap"]);
  });

  test("yields to --node-name, and to no flag that says the same", async () => {
    const node = "nodeRegistration: { name: theirs }\nlocalAPIEndpoint: { advertiseAddress: 192.168.7.5 }\n";
    expect((await read(init + node, { "node-name": "mine" })).cluster.hosts).toMatchObject([{ name: "mine", address: "192.168.7.5" }]);
    await expect(read(init, { "apiserver-advertise-address": "10.9.0.4" })).rejects.toThrow(
      "--apiserver-advertise-address cannot be given",
    );
    await expect(read(init, {}, ["token", "certificate-key"])).rejects.toThrow(
      "--token, --certificate-key cannot be given beside --config",
    );
  });

  test("that asks for what kbs cannot do is refused", async () => {
    await expect(read(`${init}nodeRegistration: { imagePullPolicy: Always }\n`)).rejects.toThrow("imagePullPolicy is not supported yet");
  });

  test("names its folder of patches", async () => {
    expect(await read(`${init}patches: { directory: /srv/patches }\n`)).toMatchObject({ patches: "/srv/patches" });
  });
});

describe("of kubeadm's phases", () => {
  test("those are left out that are named", () => {
    expect(skippedPhases(["preflight", "upload-certs"], "--skip-phases")).toMatchObject({
      preflight: true,
      kubeProxy: false,
      dns: false,
      upload: true,
      joinLine: false,
    });
    expect(skippedPhases(["addon/kube-proxy", "show-join-command"], "--skip-phases")).toMatchObject({
      kubeProxy: true,
      upload: false,
      joinLine: true,
    });
  });

  test("kube-proxy is left to a pod network that kbs does not install, and a file's word is told", async () => {
    expect(withoutKubeProxy(clusterOf({ network: "none" })).kubernetes.proxyMode).toBe("none");
    expect(() => withoutKubeProxy(clusterOf())).toThrow("DNS would not become ready");
    const { skipPhases } = await read("apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nskipPhases: [addon/kube-proxy]\n");
    expect(skipPhases).toEqual(["addon/kube-proxy"]);
  });
});

describe("a machine is left alone", () => {
  const networks = { podSubnet: "10.244.0.0/16", serviceSubnet: "10.96.0.0/12", dnsDomain: "cluster.local" };

  test("when it belongs to another cluster of kbs", () => {
    expect(() => refuseOther({ owner: { id: "1", name: "demo" } }, clusterOf(), false)).toThrow("belongs to the cluster demo already");
    expect(() => refuseOther({ owner: { id: "1", name: "kubernetes", networks } }, clusterOf(), false)).not.toThrow();
  });

  test("when a subnet of its living cluster would be another, which is told by its flag", () => {
    const owner = { id: "1", name: "kubernetes", networks };
    expect(() => refuseOther({ owner }, clusterOf({ "pod-network-cidr": "10.50.0.0/16" }), false)).toThrow(
      "--pod-network-cidr would be 10.50.0.0/16, but the cluster of this machine was made with 10.244.0.0/16",
    );
  });

  test("when its kubelet has joined something, wherever its CA is", () => {
    const kubernetes = { ...here.kubernetes, hasKubeletConfig: true, kubeconfigs: ["/etc/kubernetes/kubelet.conf"] };
    const worker = { owner: { id: "1", name: "kubernetes" }, kubernetes, hasCaKey: false };
    expect(() => refuseWorker(worker)).toThrow("has joined the cluster kubernetes as a worker");
    expect(() => refuseWorker({ ...worker, owner: undefined })).toThrow("is a worker of another tool's");
    expect(() => refuseWorker({ ...worker, hasCaKey: true })).not.toThrow();
    expect(() => refuseWorker({ ...worker, kubernetes: here.kubernetes })).not.toThrow();
  });

  test("unless it was given a CA whose key is kept elsewhere, with what that has signed", () => {
    const kubernetes = { ...here.kubernetes, hasCa: true };
    expect(() => refuseWorker({ owner: undefined, kubernetes, hasCaKey: false })).not.toThrow();
    const manifests = ["/etc/kubernetes/manifests/kube-apiserver.yaml"];
    const kubeconfigs = ["/etc/kubernetes/kubelet.conf"];
    const second = { owner: undefined, kubernetes: { ...kubernetes, hasKubeletConfig: true, kubeconfigs, manifests }, hasCaKey: false };
    expect(() => refuseWorker(second)).not.toThrow();
  });
});
