import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { kubernetes } from "../../src/facts/kubernetes.ts";
import { kubeApiserverPod, staticPodManifest } from "../../src/templates/static-pods/index.ts";
import { cluster } from "../preflight/hosts.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "kbs-api-"));
  mkdirSync(join(root, "manifests"));
});
afterEach(() => rmSync(root, { recursive: true }));

const versionOf = (image: string | undefined): string | undefined => {
  if (image !== undefined) {
    const made = cluster();
    const [node = { name: "", internalAddress: "" }] = made.hosts;
    const { content } = staticPodManifest(kubeApiserverPod({ cluster: made, node, image, caDirectories: [] }));
    writeFileSync(join(root, "manifests/kube-apiserver.yaml"), content);
  }
  const { status, stdout } = spawnSync("/bin/sh", ["-c", kubernetes.question.script.replaceAll("/etc/kubernetes", root)], {
    encoding: "utf8",
  });
  return kubernetes.parse(stdout, status ?? 1).apiServerVersion;
};

test("the version of a host's API server is its image's tag, whatever the registry", () => {
  expect(versionOf(undefined)).toBeUndefined();
  expect(versionOf("registry.k8s.io/kube-apiserver:v1.36.3")).toBe("v1.36.3");
  expect(versionOf("registry.example:5000/k8s/kube-apiserver:v1.37.0-rc.1_up.1")).toBe("v1.37.0-rc.1_up.1");
  expect(versionOf("registry.k8s.io/kube-apiserver@sha256:00")).toBeUndefined();
});
