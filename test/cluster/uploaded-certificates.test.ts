import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { downloadShared } from "../../src/actions/join/shared.ts";
import { joinedCluster } from "../../src/config/joined-cluster.ts";
import { joinedControlPlane } from "../../src/config/joined-control-plane.ts";
import { reconcile } from "../../src/kube/reconcile.ts";
import type { Kube, LiveObject } from "../../src/kube/types.ts";
import { uploadShared } from "../../src/phases/common/certificate-upload.ts";
import { newCertificateKey } from "../../src/pki/certificate-key.ts";
import { issuePki, preparePki } from "../../src/pki/issue.ts";
import { renderKubeconfig } from "../../src/pki/kubeconfig/kubeconfig.ts";
import { sharedFiles } from "../../src/pki/shared-files.ts";
import { pkiDirectory } from "../../src/pki/table.ts";
import { certsReaders } from "../../src/templates/objects/certs.ts";
import { clusterConfiguration } from "../../src/templates/objects/cluster-configuration.ts";
import { toYaml } from "../../src/templates/yaml.ts";
import { type ApiServer, startApiServer } from "../kube/api-server.ts";
import { command } from "../lab/command.ts";
import { goBuild } from "../lab/go-build.ts";
import { cluster } from "../templates/cluster.ts";

// The real kubeadm and kbs read what the other has uploaded to a real API server.

let server: ApiServer;
let kube: Kube;
let folder: string;
/** What a control plane has, by path. */
let files: ReadonlyMap<string, Buffer>;

const { signal } = new AbortController();
const log = (line: string): void => console.log(line);
const kubeadm = async (...words: readonly string[]): Promise<string> =>
  await command(join(await goBuild("kubernetes-node", log), "kubeadm"), words, { timeout: 120_000 });

const configMap = (namespace: string, name: string, data: Readonly<Record<string, string>>) =>
  kube.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name }, data });

/** A file for kubeadm, whose certificates are in a folder of the test's. */
const kubeadmFile = async (name: string, text: string): Promise<string> => {
  await writeFile(join(folder, name), text, { mode: 0o600 });
  return join(folder, name);
};

beforeAll(async () => {
  server = await startApiServer();
  kube = server.open();
  folder = await mkdtemp(join(tmpdir(), "kbs-upload-"));
  const names = {
    nodeName: "cp1",
    advertiseAddress: "10.0.0.11",
    address: "10.0.0.11",
    bindPort: 6443,
    serviceAddress: "10.96.0.1",
    dnsDomain: "cluster.local",
    apiServerSans: [],
    etcdServerSans: [],
    etcdPeerSans: [],
    clusterName: "kubernetes",
  };
  const made = await issuePki({ existing: new Map(), names, now: new Date(), keys: preparePki("ECDSA-P256") });
  files = new Map(made.filter(({ path }) => sharedFiles().includes(path)).map(({ path, content }) => [path, content]));
  const admin = renderKubeconfig({
    clusterName: "kubernetes",
    server: `https://127.0.0.1:${server.port}`,
    caPem: server.authority.cert,
    user: "admin",
    credentials: { certificatePem: server.admin.cert, keyPem: server.admin.key },
  });
  await kubeadmFile("admin.conf", admin);
  const stored = { ...clusterConfiguration(cluster), certificatesDir: join(folder, "down") };
  await configMap("kube-system", "kubeadm-config", { ClusterConfiguration: toYaml(stored) });
  const kubelet = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";
  await configMap("kube-system", "kubelet-config", { kubelet });
  await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-public" } });
  await configMap("kube-public", "cluster-info", { kubeconfig: admin });
});
afterAll(async () => {
  kube?.close();
  await server?.stop();
  await rm(folder, { recursive: true });
});

interface Owned extends LiveObject {
  readonly data?: Readonly<Record<string, string>>;
}

const certs = () => kube.get<Owned>({ apiVersion: "v1", kind: "Secret", namespace: "kube-system", name: "kubeadm-certs" });

test("kubeadm reads what kbs has uploaded, file by file", async () => {
  const key = newCertificateKey();
  for (const object of certsReaders) await reconcile(kube, { object }, "apply");
  await uploadShared(kube, { files: (path) => files.get(path), key }, signal);
  const joining = `apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery: { file: { kubeConfigPath: ${join(folder, "admin.conf")} } }
controlPlane: { certificateKey: ${key}, localAPIEndpoint: { advertiseAddress: 10.0.0.12 } }
nodeRegistration: { name: cp2, criSocket: "unix:///run/containerd/containerd.sock" }
`;
  await kubeadm("join", "phase", "control-plane-prepare", "download-certs", "--config", await kubeadmFile("join.yaml", joining));
  for (const [path, content] of files) {
    expect((await readFile(path.replace(pkiDirectory, join(folder, "down")))).equals(content)).toBe(true);
  }
});

test("kbs reads what kubeadm has uploaded in its place, and then the Secret has one owner again", async () => {
  const key = newCertificateKey();
  const before = await certs();
  for (const [path, content] of files) {
    const place = path.replace(pkiDirectory, join(folder, "up"));
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, content, { mode: 0o600 });
  }
  const init = `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
certificateKey: ${key}
localAPIEndpoint: { advertiseAddress: 10.0.0.11 }
nodeRegistration: { name: cp1, criSocket: "unix:///run/containerd/containerd.sock" }
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.3
certificatesDir: ${join(folder, "up")}
`;
  const config = await kubeadmFile("init.yaml", init);
  await kubeadm("init", "phase", "upload-certs", "--upload-certs", "--config", config, "--kubeconfig", join(folder, "admin.conf"));
  const ca = files.get(`${pkiDirectory}/ca.crt`)?.toString() ?? "";
  const downloaded = await downloadShared(kube, { key, ca }, signal);
  for (const [path, content] of files) expect(downloaded.get(path)?.equals(content)).toBe(true);

  await uploadShared(kube, { files: (path) => files.get(path), key }, signal);
  const after = await certs();
  expect(after?.metadata.ownerReferences).toHaveLength(1);
  expect(after?.metadata.ownerReferences).not.toEqual(before?.metadata.ownerReferences);
  expect([...(await downloadShared(kube, { key, ca }, signal)).keys()]).toEqual(sharedFiles());
});

/** A text that kubeadm has stored. */
const text = async (name: string, key: string): Promise<string> =>
  (await kube.get<Owned>({ apiVersion: "v1", kind: "ConfigMap", namespace: "kube-system", name }))?.data?.[key] ?? "";

test("what kubeadm says of its cluster is enough for a control plane of kbs's", async () => {
  const init = `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: { advertiseAddress: 10.0.0.11 }
nodeRegistration: { name: cp1, criSocket: "unix:///run/containerd/containerd.sock" }
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.3
controlPlaneEndpoint: 10.0.0.11:6443
encryptionAlgorithm: ECDSA-P256
networking: { podSubnet: 10.244.0.0/16 }
apiServer: { certSANs: [k8s.example.com], extraArgs: [{ name: v, value: "2" }] }
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
maxPods: 42
`;
  const config = await kubeadmFile("upload.yaml", init);
  await kubeadm("init", "phase", "upload-config", "all", "--config", config, "--kubeconfig", join(folder, "admin.conf"));
  const texts = {
    clusterConfiguration: await text("kubeadm-config", "ClusterConfiguration"),
    kubelet: await text("kubelet-config", "kubelet"),
    kubeProxy: undefined,
  };
  const endpoint = { host: "10.0.0.11", port: 6443 };
  const host = { name: "cp2", address: "10.0.0.12", roles: ["control-plane"], local: true } as const;
  const joined = joinedControlPlane(joinedCluster(texts, { endpoint, host }), texts, host);
  expect(joined).toMatchObject({
    hosts: [{ name: "cp2", internalAddress: "10.0.0.12", taints: [{ key: "node-role.kubernetes.io/control-plane" }] }],
    controlPlaneEndpoint: endpoint,
    kubernetes: {
      version: "v1.36.3",
      encryptionAlgorithm: "ECDSA-P256",
      apiServer: { certSANs: ["k8s.example.com"], extraArgs: [{ name: "v", value: "2" }] },
      kubelet: { maxPods: 42 },
      certificateValidity: { leaf: 8760 * 3600, ca: 87_600 * 3600 },
    },
    etcd: { mode: "stacked", dataDir: "/var/lib/etcd" },
  });
});
