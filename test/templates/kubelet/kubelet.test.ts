import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { kubeletConfigFile, kubeletConfiguration, kubeletInstanceConfigFile } from "../../../src/templates/kubelet/configuration.ts";
import { formatTaint, kubeletFlagsFile } from "../../../src/templates/kubelet/flags.ts";
import { kubeletDropIn, kubeletUnit } from "../../../src/templates/kubelet/unit.ts";
import { caseNames, cases } from "../cases.ts";
import { cluster, cp1, w1, withKubernetes } from "../cluster.ts";
import { recorded } from "../recorded.ts";

const plain = { systemdResolved: false };

describe("config.yaml", () => {
  test.each(caseNames)("is kubeadm's with the configuration of kubeadm-%s.yaml, with the fields that mean the default", (name) => {
    const theirs = recorded(name).find(({ kind }) => kind === "KubeletConfiguration");
    expect(parse(kubeletConfigFile(cases[name], plain).content, { version: "1.1" })).toEqual(theirs);
  });

  test("points pods past systemd-resolved where that runs, and only there", () => {
    expect(parse(kubeletConfigFile(cluster, { systemdResolved: true }).content)).toHaveProperty(
      "resolvConf",
      "/run/systemd/resolve/resolv.conf",
    );
    expect(parse(kubeletConfigFile(cluster, plain).content)).not.toHaveProperty("resolvConf");
    expect(kubeletConfiguration(cluster)).not.toHaveProperty("resolvConf");
  });

  test("keeps a user's resolv.conf, and lets nobody turn off the rotation of certificates", () => {
    const wished = withKubernetes({ kubelet: { resolvConf: "/etc/mine.conf", rotateCertificates: false, kind: "Else", clusterDNS: null } });
    const written: unknown = parse(kubeletConfigFile(wished, { systemdResolved: true }).content);
    expect(written).toMatchObject({
      resolvConf: "/etc/mine.conf",
      rotateCertificates: true,
      kind: "KubeletConfiguration",
      clusterDNS: ["10.96.0.10"],
    });
  });

  test("is laid over by patches, of which none reaches the socket of the runtime", () => {
    const content = { maxPods: 7, containerRuntimeEndpoint: "unix:///elsewhere" };
    const patches = [{ target: "kubeletconfiguration", type: "merge", content, file: "/p/k.yaml" }] as const;
    const wished = { ...cluster, patches, runtime: { ...cluster.runtime, endpoint: "unix:///run/containerd/containerd.sock" } };
    expect(parse(kubeletConfigFile(wished, plain).content)).toMatchObject({
      maxPods: 7,
      containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
    });
  });

  test("takes the DNS address from the first of two service subnets", () => {
    expect(kubeletConfiguration(withKubernetes({ serviceSubnet: "fd00:96::/112,10.96.0.0/12" }))).toMatchObject({
      clusterDNS: ["fd00:96::a"],
    });
  });
});

test("instance-config.yaml is one line which names the runtime's socket", () => {
  expect(kubeletInstanceConfigFile(cluster)).toEqual({
    path: "/var/lib/kubelet/instance-config.yaml",
    mode: 0o644,
    content: 'containerRuntimeEndpoint: "unix:///var/run/containerd/containerd.sock"\n',
  });
});

describe("kubeadm-flags.env", () => {
  const taints = [
    { key: "disk", value: "ssd", effect: "NoSchedule" },
    { key: "quiet", value: "", effect: "NoExecute" },
  ] as const;

  test("names the node's address", () => {
    expect(kubeletFlagsFile(cluster, { ...w1, address: "192.0.2.7" }).content).toBe('KUBELET_KUBEADM_ARGS="--node-ip=10.0.0.21"\n');
  });

  test("has flags that were asked for, and the node's name where the machine has another", () => {
    const kubeletExtraArgs = [
      { name: "node-ip", value: "10.9.9.9" },
      { name: "v", value: "4" },
    ];
    expect(kubeletFlagsFile(cluster, { ...w1, kubeletExtraArgs }, { hostnameOverride: true }).content).toBe(
      'KUBELET_KUBEADM_ARGS="--hostname-override=w1 --node-ip=10.9.9.9 --v=4"\n',
    );
  });

  test("registers a worker with its taints, a control plane without", () => {
    expect(kubeletFlagsFile(cluster, { ...w1, taints }).content).toBe(
      'KUBELET_KUBEADM_ARGS="--node-ip=10.0.0.21 --register-with-taints=disk=ssd:NoSchedule,quiet:NoExecute"\n',
    );
    expect(kubeletFlagsFile(cluster, { ...cp1, taints }).content).toBe('KUBELET_KUBEADM_ARGS="--node-ip=10.0.0.11"\n');
    expect(taints.map(formatTaint)).toEqual(["disk=ssd:NoSchedule", "quiet:NoExecute"]);
  });
});

describe("the unit", () => {
  test("starts the same binary as its drop-in, which first clears the command", () => {
    expect(kubeletUnit.content).toContain("\nExecStart=/usr/bin/kubelet\n");
    expect(kubeletDropIn.content).toContain(
      "\nExecStart=\nExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS\n",
    );
  });

  test("reads the files that are written for it", () => {
    for (const { path } of [kubeletConfigFile(cluster, plain), kubeletFlagsFile(cluster, cp1)])
      expect(kubeletDropIn.content).toContain(path);
  });
});
