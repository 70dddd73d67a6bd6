import { describe, expect, test } from "vitest";
import { parsePatchFile } from "../../../src/config/patches.ts";
import type { Patch, PatchTarget } from "../../../src/config/types.ts";
import { patched } from "../../../src/templates/patches/index.ts";

const pod = {
  metadata: { name: "kube-apiserver", labels: { tier: "control-plane", component: "kube-apiserver" } },
  spec: {
    containers: [
      {
        name: "kube-apiserver",
        image: "registry.k8s.io/kube-apiserver:v1.36.3",
        command: ["kube-apiserver", "--v=2"],
        volumeMounts: [{ name: "certs", mountPath: "/etc/ssl/certs", readOnly: true }],
        resources: { requests: { cpu: "250m" } },
      },
    ],
    volumes: [{ name: "certs", hostPath: { path: "/etc/ssl/certs", type: "Directory" } }],
    hostNetwork: true,
  },
};

const patchesOf = (name: string, text: string): readonly Patch[] => parsePatchFile(name, text, `/p/${name}`) ?? [];
const laid = (name: string, text: string, value: unknown = pod, target: PatchTarget = "kube-apiserver"): unknown =>
  patched({ patches: patchesOf(name, text) }, target, value);

describe("the name of a patch file", () => {
  test.each([
    ["kube-apiserver.yaml", "kube-apiserver", "strategic"],
    ["kube-apiserver0+merge.yaml", "kube-apiserver", "merge"],
    ["etcd1+json.json", "etcd", "json"],
    ["kubeletconfiguration-more+strategic.yaml", "kubeletconfiguration", "strategic"],
    ["corednsdeployment.json", "corednsdeployment", "strategic"],
  ])("%s says what is patched, and how", (name, target, type) => {
    expect(patchesOf(name, type === "json" ? "[]" : "{ a: 1 }")).toMatchObject([{ target, type }]);
  });

  test.each(["kube-proxy.yaml", "kube-apiserver.yml", "README.md", "kube-apiserver"])("%s is no patch", (name) => {
    expect(parsePatchFile(name, "{ a: 1 }", `/p/${name}`)).toBeUndefined();
  });

  test("with an unknown kind behind the plus is refused", () => {
    expect(() => patchesOf("etcd+twoway.yaml", "{ a: 1 }")).toThrow(/not a kind of patch/);
  });

  test("that says json wants operations, and others a map", () => {
    expect(() => patchesOf("etcd+json.yaml", "{ a: 1 }")).toThrow(/a list of operations/);
    expect(() => patchesOf("etcd.yaml", "[1]")).toThrow(/is a map/);
  });
});

describe("a strategic patch", () => {
  test("merges lists of named things by name, and replaces all others", () => {
    const text = `spec:
  containers:
    - name: kube-apiserver
      command: [kube-apiserver, --v=4]
      env: [{ name: A, value: b }]
      volumeMounts: [{ mountPath: /audit, name: audit }]
      resources: { requests: { memory: 1Gi } }
  volumes: [{ name: audit, emptyDir: {} }]
`;
    expect(laid("kube-apiserver.yaml", text)).toMatchObject({
      spec: {
        containers: [
          {
            image: "registry.k8s.io/kube-apiserver:v1.36.3",
            command: ["kube-apiserver", "--v=4"],
            env: [{ name: "A", value: "b" }],
            volumeMounts: [{ mountPath: "/audit" }, { mountPath: "/etc/ssl/certs" }],
            resources: { requests: { cpu: "250m", memory: "1Gi" } },
          },
        ],
        volumes: [{ name: "audit", emptyDir: {} }, { name: "certs" }],
        hostNetwork: true,
      },
    });
  });

  test("puts what it names in its own order, and the rest where it stood", () => {
    const value = { spec: { volumes: ["a", "b", "c", "d"].map((name) => ({ name })) } };
    const names = (text: string): unknown => laid("kube-apiserver.yaml", `spec: { volumes: [${text}] }`, value);
    expect(names("{ name: c, x: 1 }, { name: new }")).toEqual({
      spec: { volumes: [{ name: "a" }, { name: "b" }, { name: "c", x: 1 }, { name: "new" }, { name: "d" }] },
    });
    expect(names("{ name: new }, { name: b, x: 1 }")).toEqual({
      spec: { volumes: [{ name: "new" }, { name: "a" }, { name: "b", x: 1 }, { name: "c" }, { name: "d" }] },
    });
  });

  test("takes away by null and by $patch: delete", () => {
    const text = "metadata: { labels: { tier: null } }\nspec: { volumes: [{ name: certs, $patch: delete }] }\n";
    expect(laid("kube-apiserver.yaml", text)).toMatchObject({
      metadata: { labels: { component: "kube-apiserver" } },
      spec: { volumes: [] },
    });
    expect(laid("kube-apiserver.yaml", text)).not.toHaveProperty("metadata.labels.tier");
  });

  test("replaces by $patch: replace, and keeps of a thing what $retainKeys names", () => {
    expect(laid("kube-apiserver.yaml", "metadata: { labels: { $patch: replace, a: b } }")).toHaveProperty("metadata.labels", { a: "b" });
    const text = "spec: { volumes: [{ name: certs, $retainKeys: [name, emptyDir], emptyDir: {} }] }";
    expect(laid("kube-apiserver.yaml", text)).toHaveProperty("spec.volumes", [{ name: "certs", emptyDir: {} }]);
  });

  test("of several documents in a file is laid over in their order", () => {
    const kubelet = laid(
      "kubeletconfiguration.yaml",
      "maxPods: 50\n---\nmaxPods: 60\n",
      { maxPods: 110, a: [1, 2] },
      "kubeletconfiguration",
    );
    expect(kubelet).toEqual({ maxPods: 60, a: [1, 2] });
  });
});

test("a merge patch replaces every list", () => {
  expect(laid("kube-apiserver+merge.yaml", "spec: { containers: [{ name: other }] }")).toHaveProperty("spec.containers", [
    { name: "other" },
  ]);
});

const json = (operations: unknown): unknown => laid("kube-apiserver+json.json", JSON.stringify(operations));

describe("a JSON patch", () => {
  test("does its operations one after the other", () => {
    const result = json([
      { op: "test", path: "/spec/hostNetwork", value: true },
      { op: "add", path: "/spec/containers/0/command/-", value: "--v=9" },
      { op: "copy", from: "/metadata/name", path: "/metadata/labels/a~1b" },
      { op: "move", from: "/metadata/labels/tier", path: "/metadata/labels/level" },
      { op: "replace", path: "/spec/hostNetwork", value: false },
      { op: "remove", path: "/spec/volumes/0" },
    ]);
    expect(result).toMatchObject({
      metadata: { labels: { "a/b": "kube-apiserver", level: "control-plane" } },
      spec: { containers: [{ command: ["kube-apiserver", "--v=2", "--v=9"] }], hostNetwork: false, volumes: [] },
    });
    expect(pod.spec.volumes).toHaveLength(1);
  });

  test.each([
    [[{ op: "remove", path: "/spec/nothing" }], /nothing at "\/spec\/nothing"/],
    [[{ op: "test", path: "/spec/hostNetwork", value: false }], /is not false/],
    [[{ op: "put", path: "/spec" }], /no operation "put"/],
    [[{ path: "/spec" }], /is not an operation/],
  ])("that cannot be done names its file: %j", (operations, why) => {
    expect(() => json(operations)).toThrow(why);
    expect(() => json(operations)).toThrow("/p/kube-apiserver+json.json cannot be applied to kube-apiserver");
  });
});

test("what is not its target stays the very same", () => {
  expect(laid("etcd.yaml", "{ a: 1 }")).toBe(pod);
});
