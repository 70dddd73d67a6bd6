import { readFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import { expect, test } from "vitest";
import { refusalsOf } from "../../src/actions/kubeadm-refusals.ts";
import { readKubeadmText } from "../../src/config/kubeadm/index.ts";
import { cluster, init, join, kubelet } from "../config/kubeadm/bad-files.ts";
import { tell } from "../config/tell.ts";

const refused = (...documents: readonly string[]): string[] =>
  refusalsOf(readKubeadmText({ name: "kubeadm.yaml", text: documents.join("---\n"), openToOthers: false })).map(tell);

const reset = (body: string): string => init(body).replace("InitConfiguration", "ResetConfiguration");
const joins = (body: string): string => join(`discovery: { file: { kubeConfigPath: /a.conf } }\n${body}`);
const subnets = (pods: string, services: string): string => cluster(`networking: { podSubnet: "${pods}", serviceSubnet: "${services}" }`);
const external = "caFile: /ca.crt, certFile: /c.crt, keyFile: /c.key";

test.each([
  [[cluster(""), kubelet("staticPodPath: /x")], "7:16 warning: KubeletConfiguration.staticPodPath: kbs init refuses this: "],
  [[cluster(""), kubelet("clusterDomain: foo.local")], "7:16 warning: KubeletConfiguration.clusterDomain: kbs init refuses this: "],
  [[cluster("etcd: { local: { dataDir: /var/lib } }")], "3:27 warning: ClusterConfiguration.etcd.local.dataDir: kbs init refuses this: "],
  [
    [cluster("featureGates: { RootlessControlPlane: true }")],
    "3:17 warning: ClusterConfiguration.featureGates.RootlessControlPlane: kbs init refuses this: ",
  ],
  [[cluster('clusterName: "a b/c"')], "3:14 warning: ClusterConfiguration.clusterName: kbs init refuses this: "],
  [
    [cluster(`etcd: { external: { endpoints: ["https://etcd.example.com:2379/"], ${external} } }`)],
    "3:33 warning: ClusterConfiguration.etcd.external.endpoints[0]: kbs init refuses this: ",
  ],
  [[cluster("certificateValidityPeriod: 10m")], "3:28 warning: ClusterConfiguration.certificateValidityPeriod: kbs init refuses this: "],
  [
    [init("localAPIEndpoint: { advertiseAddress: 127.0.0.1 }")],
    "3:39 warning: InitConfiguration.localAPIEndpoint.advertiseAddress: kbs init refuses this: 127.0.0.1 means this machine alone",
  ],
  [[init("skipPhases: [foo]")], '3:13 warning: InitConfiguration.skipPhases: kbs init refuses this: skipPhases: there is no phase "foo"'],
  [[init("bootstrapTokens: [{ ttl: 1h }, { ttl: 2h }]")], "3:18 warning: InitConfiguration.bootstrapTokens: kbs init refuses this: "],
  [[joins("caCertPath: /etc/x.crt")], "4:1 warning: JoinConfiguration.caCertPath: kbs join refuses this: "],
  [[joins("skipPhases: [foo]")], '4:13 warning: JoinConfiguration.skipPhases: kbs join refuses this: skipPhases: there is no phase "foo"'],
  [[reset("unmountFlags: [MNT_DETACH]")], "3:1 warning: ResetConfiguration.unmountFlags: kbs reset refuses this: "],
])("what kubeadm takes and kbs refuses is told with its place: %j", (documents, told) => {
  expect(refused(...documents)[0]?.slice(0, told.length)).toBe(told);
});

test("what kbs takes is not spoken of, whatever machine it is for", () => {
  const taken = [
    [init("skipPhases: [addon/kube-proxy]\nbootstrapTokens: [{ ttl: 1h }]\npatches: { directory: /p }"), cluster("")],
    [subnets("10.244.0.0/16", "10.96.0.0/12")],
    [subnets("10.244.0.0/16,fd00:10:244::/56", "10.96.0.0/12,fd00:10:96::/112")],
    [subnets("fd00:10:244::/56", "fd00:10:96::/112")],
    [kubelet("staticPodPath: /x")],
    [joins(""), reset("force: true")],
  ];
  for (const documents of taken) expect(refused(...documents)).toEqual([]);
  const upgrade = readFileSync(joinPath(import.meta.dirname, "../config/kubeadm/good/upgrade.yaml"), "utf8");
  expect(refused(upgrade)).toEqual([]);
});
