import { describe, expect, test } from "vitest";
import { type ClusterTexts, joinedCluster } from "../../src/config/joined-cluster.ts";
import { kubeletConfigFile, kubeletConfiguration } from "../../src/templates/kubelet/configuration.ts";
import { clusterConfiguration } from "../../src/templates/objects/cluster-configuration.ts";
import { toYaml } from "../../src/templates/yaml.ts";
import { cluster as known } from "../templates/cluster.ts";

/** As kubeadm 1.36 stores them, shortened. */
const texts: ClusterTexts = {
  clusterConfiguration: `apiServer: {}
apiVersion: kubeadm.k8s.io/v1beta4
certificatesDir: /etc/kubernetes/pki
clusterName: kubernetes
dns: {}
imageRepository: registry.k8s.io
kind: ClusterConfiguration
kubernetesVersion: v1.36.3
networking:
  dnsDomain: cluster.local
  podSubnet: 10.244.0.0/16
  serviceSubnet: 10.96.0.0/12
proxy: {}
`,
  kubelet: `apiVersion: kubelet.config.k8s.io/v1beta1
authentication:
  anonymous:
    enabled: false
  webhook:
    cacheTTL: 0s
    enabled: true
  x509:
    clientCAFile: /etc/kubernetes/pki/ca.crt
cgroupDriver: systemd
clusterDNS:
- 10.96.0.10
clusterDomain: cluster.local
containerRuntimeEndpoint: ""
cpuManagerReconcilePeriod: 0s
crashLoopBackOff: {}
kind: KubeletConfiguration
maxPods: 42
rotateCertificates: true
staticPodPath: /etc/kubernetes/manifests
`,
  kubeProxy: 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: ""\n',
};

const joining = {
  endpoint: { host: "10.0.0.11", port: 6443 },
  host: { name: "w1", address: "10.0.0.21", roles: ["worker"], local: true },
} as const;
const join = (changes: Partial<ClusterTexts> = {}) => joinedCluster({ ...texts, ...changes }, joining);
const without = (line: string): Partial<ClusterTexts> => ({ clusterConfiguration: texts.clusterConfiguration.replace(line, "") });

describe("a cluster that exists", () => {
  test("is known by what it has stored", () => {
    const { name, hosts, controlPlaneEndpoint, kubernetes, network, supply } = join();
    expect({ name, controlPlaneEndpoint, imageRepository: supply.imageRepository, plugin: network.plugin }).toEqual({
      name: "kubernetes",
      controlPlaneEndpoint: { host: "10.0.0.11", port: 6443 },
      imageRepository: "registry.k8s.io",
      plugin: "flannel",
    });
    expect(hosts).toMatchObject([{ name: "w1", internalAddress: "10.0.0.21", roles: ["worker"], taints: [], local: true }]);
    expect(kubernetes).toMatchObject({
      version: "v1.36.3",
      podSubnet: "10.244.0.0/16",
      serviceSubnet: "10.96.0.0/12",
      dnsDomain: "cluster.local",
      proxyMode: "iptables",
    });
  });

  test("gives the kubelet its configuration as it stands, not as kbs would write it", () => {
    const { content } = kubeletConfigFile(join(), { systemdResolved: false });
    for (const line of ["maxPods: 42", "cpuManagerReconcilePeriod: 0s", "crashLoopBackOff: {}", "    cacheTTL: 0s", "- 10.96.0.10"])
      expect(content.split("\n")).toContain(line);
    expect(content).toContain("containerRuntimeEndpoint: unix:///var/run/containerd/containerd.sock");
    expect(content.match(/^kind:/gm)).toHaveLength(1);
  });

  test("without a pod subnet, kube-proxy or a name of its own is joined as well", () => {
    expect(join(without("  podSubnet: 10.244.0.0/16\n"))).toMatchObject({ network: { plugin: "none" }, kubernetes: { podSubnet: "" } });
    expect(join({ kubeProxy: undefined }).kubernetes.proxyMode).toBe("none");
    expect(
      join({ clusterConfiguration: texts.clusterConfiguration.replace("proxy: {}", "proxy: {disabled: true}") }).kubernetes.proxyMode,
    ).toBe("none");
    expect(join({ kubeProxy: "kind: KubeProxyConfiguration\nmode: nftables\n" }).kubernetes.proxyMode).toBe("nftables");
    expect(join(without("clusterName: kubernetes\n")).name).toBe("kubernetes");
  });

  test("that kbs made is read as it was made", () => {
    const made = join({
      clusterConfiguration: toYaml(clusterConfiguration(known)),
      kubelet: toYaml(kubeletConfiguration(known)),
    });
    const { version, podSubnet, serviceSubnet, dnsDomain, clusterName } = known.kubernetes;
    expect(made.kubernetes).toMatchObject({ version, podSubnet, serviceSubnet, dnsDomain, clusterName });
    expect(kubeletConfigFile(made, { systemdResolved: true })).toEqual(kubeletConfigFile(known, { systemdResolved: true }));
  });
});

test.each([
  [without("kubernetesVersion: v1.36.3\n"), "does not say its kubernetesVersion"],
  [without("  serviceSubnet: 10.96.0.0/12\n"), "does not say its networking.serviceSubnet"],
  [{ clusterConfiguration: "a: [" }, "the cluster's kubeadm-config cannot be read"],
  [{ clusterConfiguration: "kind: Other" }, "the cluster's kubeadm-config holds no ClusterConfiguration"],
  [{ kubelet: "hello" }, "the cluster's kubelet-config holds no KubeletConfiguration"],
  [{ kubeProxy: "1" }, "the cluster's kube-proxy holds no KubeProxyConfiguration"],
])("what lacks in it is named (%#)", (changes, words) => {
  expect(() => join(changes)).toThrow(words);
});
