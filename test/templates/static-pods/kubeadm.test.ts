import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import {
  etcdPod,
  kubeApiserverPod,
  kubeControllerManagerPod,
  kubeSchedulerPod,
  staticPodManifest,
} from "../../../src/templates/static-pods/index.ts";
import { type CaseName, caseNames, cases, firstNode, imagesOf } from "../cases.ts";
import { meaning, recorded } from "../recorded.ts";

/** The directories that were there where the recordings were made. */
const caDirectories = ["/etc/ca-certificates", "/usr/local/share/ca-certificates", "/usr/share/ca-certificates"];

const podsOf = (name: CaseName) => {
  const input = { cluster: cases[name], node: firstNode(name), caDirectories };
  const { component, etcd } = imagesOf(name);
  return [
    ...(cases[name].etcd.mode === "external" ? [] : [etcdPod({ ...input, image: etcd })]),
    kubeApiserverPod({ ...input, image: component("kube-apiserver") }),
    kubeControllerManagerPod({ ...input, image: component("kube-controller-manager") }),
    kubeSchedulerPod({ ...input, image: component("kube-scheduler") }),
  ];
};

describe.each(caseNames)("with the configuration of kubeadm-%s.yaml", (name) => {
  test("every static pod is field by field the one of kubeadm", () => {
    const theirs = recorded(name).filter(({ kind }) => kind === "Pod");
    expect(podsOf(name).map(meaning)).toEqual(theirs.map(meaning));
  });

  test("a manifest reads back as the pod it was written from", () => {
    for (const pod of podsOf(name)) {
      const { path, content, mode } = staticPodManifest(pod);
      expect(path).toBe(`/etc/kubernetes/manifests/${pod.metadata.name}.yaml`);
      expect(mode).toBe(0o600);
      expect(parse(content, { version: "1.1" })).toEqual({ ...pod, status: {} });
    }
  });
});
