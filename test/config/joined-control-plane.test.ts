import { describe, expect, test } from "vitest";
import { joinedCluster } from "../../src/config/joined-cluster.ts";
import { type JoiningControlPlane, joinedControlPlane } from "../../src/config/joined-control-plane.ts";
import type { Cluster } from "../../src/config/types.ts";
import { imageNames } from "../../src/supply/images.ts";
import { kubeControllerManagerPod } from "../../src/templates/static-pods/index.ts";

/** As kubeadm 1.36 stores it. */
const stored = (more = "", networking = "  podSubnet: 10.244.0.0/16\n"): string => `apiServer:
  certSANs:
  - k8s.example.com
  extraArgs:
  - name: v
    value: "2"
apiVersion: kubeadm.k8s.io/v1beta4
caCertificateValidityPeriod: 87600h0m0s
certificateValidityPeriod: 4380h0m0s
certificatesDir: /etc/kubernetes/pki
clusterName: kubernetes
controlPlaneEndpoint: k8s.example.com:6443
controllerManager: {}
dns: {}
encryptionAlgorithm: ECDSA-P256
etcd:
  local:
    dataDir: /data/etcd
imageRepository: registry.k8s.io
kind: ClusterConfiguration
kubernetesVersion: v1.36.3
networking:
  dnsDomain: cluster.local
${networking}  serviceSubnet: 10.96.0.0/12
proxy: {}
scheduler: {}
${more}`;

const texts = (clusterConfiguration: string) => ({
  clusterConfiguration,
  kubelet: "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: 42\n",
  kubeProxy: 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: "nftables"\n',
});

const host: JoiningControlPlane = { name: "cp2", address: "10.0.0.12" };
const join = (configuration = stored(), changes: Partial<JoiningControlPlane> = {}) => {
  const known = texts(configuration);
  const worker = joinedCluster(known, {
    endpoint: { host: "10.0.0.11", port: 6443 },
    host: { name: "cp2", address: "10.0.0.12", roles: ["control-plane"], local: true },
  });
  return joinedControlPlane(worker, known, { ...host, ...changes });
};

const flagsOf = (known: Cluster): string =>
  JSON.stringify(
    kubeControllerManagerPod({ cluster: known, node: { name: "cp2", internalAddress: "10.0.0.12" }, image: "kcm", caDirectories: [] }),
  );

describe("one more control plane", () => {
  test("joins a cluster whose endpoint was stored with capitals", () => {
    const { controlPlaneEndpoint } = join(stored().replace("k8s.example.com:6443", "K8S.Example.com:6443"));
    expect(controlPlaneEndpoint.host).toBe("k8s.example.com");
  });

  test("is run as the others are, by what the cluster has stored", () => {
    const { controlPlaneEndpoint, etcd, kubernetes } = join();
    expect(controlPlaneEndpoint).toEqual({ host: "k8s.example.com", port: 6443 });
    expect(etcd).toMatchObject({ mode: "stacked", dataDir: "/data/etcd" });
    expect(kubernetes).toMatchObject({
      version: "v1.36.3",
      encryptionAlgorithm: "ECDSA-P256",
      certificateValidity: { leaf: 4380 * 3600, ca: 87_600 * 3600 },
      apiServer: { certSANs: ["k8s.example.com"], extraArgs: [{ name: "v", value: "2" }], bindPort: 6443 },
      proxyMode: "nftables",
      kubelet: { maxPods: 42 },
    });
  });

  test("has its own address and port, and the taint of control planes unless others are said", () => {
    expect(join().hosts).toMatchObject([
      {
        name: "cp2",
        internalAddress: "10.0.0.12",
        roles: ["control-plane"],
        taints: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }],
        local: true,
      },
    ]);
    expect(join(stored(), { taints: [] }).hosts[0]?.taints).toEqual([]);
    const taints = [{ key: "dedicated", value: "api", effect: "NoExecute" }] as const;
    expect(join(stored(), { taints, bindPort: 7443 })).toMatchObject({
      hosts: [{ taints }],
      kubernetes: { apiServer: { bindPort: 7443 } },
    });
  });

  test("is reached by the address of another control plane where that is the cluster's", () => {
    const cluster = join(stored().replace("k8s.example.com:6443", "10.0.0.11:6443").replace("  certSANs:\n  - k8s.example.com\n", ""));
    expect(cluster.controlPlaneEndpoint).toEqual({ host: "10.0.0.11", port: 6443 });
    expect(cluster.kubernetes.apiServer.certSANs).toEqual([]);
  });

  test("gives nodes no subnets where the cluster has none for pods", () => {
    const cluster = join(stored("", ""));
    expect(cluster.kubernetes.podSubnet).toBe("");
    for (const flag of ["allocate-node-cidrs", "cluster-cidr", "service-cluster-ip-range"]) expect(flagsOf(cluster)).not.toContain(flag);
    expect(flagsOf(join())).toContain("--cluster-cidr=10.244.0.0/16");
  });

  test("knows of an etcd that comes from elsewhere", () => {
    const cluster = join(stored().replace("dataDir: /data/etcd", "dataDir: /data/etcd\n    imageTag: 3.6.0-0"));
    expect(imageNames(cluster).etcd).toBe("registry.k8s.io/etcd:3.6.0-0");
  });

  test("is refused without a lasting address, and for what kbs has no room for, by its field", () => {
    expect(() => join(stored().replace("controlPlaneEndpoint: k8s.example.com:6443\n", ""))).toThrow("names no controlPlaneEndpoint");
    expect(() => join(stored().replace("certificatesDir", "featureGates: { RootlessControlPlane: true }\ncertificatesDir"))).toThrow(
      "featureGates.RootlessControlPlane",
    );
  });

  test("keeps its certificates where the others do", () => {
    expect(join(stored()).kubernetes.certificatesDir).toBeUndefined();
    expect(join(stored().replace("/etc/kubernetes/pki", "/srv/pki")).kubernetes.certificatesDir).toBe("/srv/pki");
  });
});
