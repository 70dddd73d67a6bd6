import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readKubeadmFile, readKubeadmText } from "../../../src/config/kubeadm/index.ts";
import { cluster, init } from "./bad-files.ts";

const folder = join(import.meta.dirname, "good");

describe("a good file of kubeadm's is read", () => {
  test.each(readdirSync(folder))("%s, without a word", async (name) => {
    const file = await readKubeadmFile(join(folder, name));
    expect(file.warnings).toEqual([]);
    expect(Object.keys(file.documents)).not.toEqual([]);
  });

  test("every kind is among them", async () => {
    const files = await Promise.all(readdirSync(folder).map((name) => readKubeadmFile(join(folder, name))));
    const kinds = new Set(files.flatMap(({ documents }) => Object.keys(documents)));
    expect([...kinds].toSorted()).toEqual([
      "ClusterConfiguration",
      "InitConfiguration",
      "JoinConfiguration",
      "KubeProxyConfiguration",
      "KubeletConfiguration",
      "ResetConfiguration",
      "UpgradeConfiguration",
    ]);
  });

  test.each([
    ["a socket without a scheme", init("nodeRegistration: { criSocket: /run/containerd/containerd.sock }"), "has no scheme"],
    ["certificates for longer than a year", cluster("certificateValidityPeriod: 9000h"), "more than the year"],
    ["certificates that outlive their CA", cluster("caCertificateValidityPeriod: 100h"), "outlive"],
    ["site-local addresses", cluster("networking: { serviceSubnet: 'fec0::/112' }"), "RFC 3879"],
    ["the old gate for ECDSA", cluster("featureGates: { PublicKeysECDSA: true }"), "goes away"],
    [
      "a node inside of the services' subnet",
      init("localAPIEndpoint: { advertiseAddress: 10.100.0.1 }"),
      "lies in serviceSubnet 10.96.0.0/12",
    ],
    ["bits behind a prefix", cluster("networking: { podSubnet: 10.244.1.0/16 }"), "bits set"],
  ])("%s is worth a warning", (_, text, sentence) => {
    const { warnings } = readKubeadmText({ name: "-", text, openToOthers: false });
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining(sentence)]);
  });

  test("what is null was not written, and an empty text stands for the default", () => {
    const text = `${init("nodeRegistration: { name: '', taints: null, criSocket: }")}---\n${cluster("networking: { podSubnet: '' }\netcd: null")}`;
    const { documents } = readKubeadmText({ name: "-", text, openToOthers: false });
    expect(documents).toEqual({
      InitConfiguration: { nodeRegistration: { name: "" } },
      ClusterConfiguration: { networking: { podSubnet: "" } },
    });
  });

  test("a name may be in capitals, which kubeadm makes small", () => {
    expect(readKubeadmText({ name: "-", text: init("nodeRegistration: { name: Node-1 }"), openToOthers: false }).warnings).toEqual([]);
  });
});
