import { expect, test } from "vitest";
import type { Cluster } from "../../src/config/types.ts";
import { kubeletConfigFile } from "../../src/templates/kubelet/configuration.ts";
import { clusterConfiguration } from "../../src/templates/objects/cluster-configuration.ts";
import { etcdPod, kubeApiserverPod, kubeControllerManagerPod, kubeSchedulerPod } from "../../src/templates/static-pods/index.ts";
import { toYaml } from "../../src/templates/yaml.ts";
import { cluster, cp1 } from "./cluster.ts";

const usual = "/etc/kubernetes/pki";
const own = "/srv/certificates";
const moved: Cluster = { ...cluster, kubernetes: { ...cluster.kubernetes, certificatesDir: own } };

/** All that names the folder of certificates. */
const textsOf = (wished: Cluster): string => {
  const pod = { cluster: wished, node: cp1, image: "x", caDirectories: [] };
  const pods = [etcdPod(pod), kubeApiserverPod(pod), kubeControllerManagerPod(pod), kubeSchedulerPod(pod)];
  return [...pods, clusterConfiguration(wished)].map(toYaml).join("---\n") + kubeletConfigFile(wished, { systemdResolved: false }).content;
};

test("a folder of one's own stands wherever kubeadm's does: flags, volumes, the kubelet's CA, what is published", () => {
  expect(textsOf(cluster).split(usual)).not.toHaveLength(1);
  expect(textsOf(moved)).toBe(textsOf(cluster).replaceAll(usual, own));
});

test("a CA that is kept elsewhere takes the CA from the controller manager's signers, and nothing else", () => {
  const pod = { cluster, node: cp1, image: "x", caDirectories: [] };
  const [plain, external] = [false, true].map((externalCa) => toYaml(kubeControllerManagerPod({ ...pod, externalCa })).split("\n"));
  expect(external?.filter((line) => !plain?.includes(line)).map((line) => line.trim())).toEqual([
    "- --cluster-signing-cert-file=",
    "- --cluster-signing-key-file=",
  ]);
});
