import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { kubernetes } from "../../src/facts/kubernetes.ts";
import { renderClusterInfo } from "../../src/pki/kubeconfig/kubeconfig.ts";
import { kubeApiserverPod, staticPodManifest } from "../../src/templates/static-pods/index.ts";
import { cluster } from "../preflight/hosts.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "kbs-api-"));
  mkdirSync(join(root, "manifests"));
});
afterEach(() => rmSync(root, { recursive: true }));

const ask = () => {
  const { status, stdout } = spawnSync("/bin/sh", ["-c", kubernetes.question.script.replaceAll("/etc/kubernetes", root)], {
    encoding: "utf8",
  });
  return kubernetes.parse(stdout, status ?? 1);
};

const write = (image: string): void => {
  const made = cluster({ apiServer: { bindPort: 7443 } });
  const [node = { name: "", internalAddress: "" }] = made.hosts;
  const { content } = staticPodManifest(kubeApiserverPod({ cluster: made, node, image, caDirectories: [] }));
  writeFileSync(join(root, "manifests/kube-apiserver.yaml"), content);
};

test.each([
  ["registry.k8s.io/kube-apiserver:v1.36.3", "v1.36.3"],
  ["registry.example:5000/k8s/kube-apiserver:v1.37.0-rc.1_up.1", "v1.37.0-rc.1_up.1"],
  ["registry.k8s.io/kube-apiserver@sha256:00", undefined],
])("the version of a host's API server is its image's tag, whatever the registry: %s", (image, version) => {
  expect(ask().apiServerVersion).toBeUndefined();
  write(image);
  expect(ask().apiServerVersion).toBe(version);
});

test("its port and its CA stand in its manifest", () => {
  write("kube-apiserver");
  expect(ask()).toMatchObject({ apiServerPort: 7443, clientCaFile: "/etc/kubernetes/pki/ca.crt" });
});

test("where a kubelet reaches the API stands in its kubeconfig", () => {
  expect(ask().kubeletServer).toBeUndefined();
  writeFileSync(join(root, "kubelet.conf"), renderClusterInfo("https://10.0.0.11:6443", ""));
  expect(ask().kubeletServer).toBe("https://10.0.0.11:6443");
});
