import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runKbs, withFolder } from "./run-kbs.ts";

const folder = join(import.meta.dirname, "../config/kubeadm");
const golden = (name: string): string => readFileSync(join(folder, "golden", name), "utf8");
const sample = join(import.meta.dirname, "../../config-sample.yaml");

describe("kbs config print", () => {
  test.each(["reset-defaults", "upgrade-defaults"])("%s prints what kubeadm prints", async (what) => {
    expect(await runKbs(["config", "print", what])).toEqual({ code: 0, stdout: golden(`print-${what}.txt`), stderr: "" });
  });

  test("adds the documents of components in the order in which they are named", async () => {
    const { stdout } = await runKbs([
      "config",
      "print",
      "init-defaults",
      "--component-configs",
      "KubeProxyConfiguration,KubeletConfiguration",
    ]);
    expect([...stdout.matchAll(/^kind: (.*)$/gm)].map(([, kind]) => kind)).toEqual([
      "InitConfiguration",
      "ClusterConfiguration",
      "KubeProxyConfiguration",
      "KubeletConfiguration",
    ]);
  });

  test.each([
    [["init-default"], "did you mean init-defaults?"],
    [["banana"], "init-defaults, join-defaults, reset-defaults, upgrade-defaults"],
    [["init-defaults", "--component-configs", "Kubelet"], 'knows no "Kubelet"'],
    [["reset-defaults", "--component-configs", "KubeletConfiguration"], "for init-defaults alone"],
    [[], "for what?"],
  ])("%j is refused in a sentence", async (words, sentence) => {
    const { code, stdout, stderr } = await runKbs(["config", "print", ...words]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(sentence);
  });
});

describe("kbs config validate", () => {
  test.each([
    ["a file of kubeadm's", join(folder, "good/init.yaml")],
    ["a file of kbs's own", sample],
  ])("says ok to %s that is right", async (_, file) => {
    expect(await runKbs(["config", "validate", "--config", file])).toMatchObject({ code: 0, stdout: "ok\n" });
  });

  test("says all that is wrong with kubeadm's, each with its place", () =>
    withFolder(async (place) => {
      const file = join(place, "kubeadm.yaml");
      writeFileSync(
        file,
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\ncertificatesDir: pki\nnetworking: { podSubet: a }\n",
      );
      const { code, stdout, stderr } = await runKbs(["config", "validate", "--config", file]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain(`${file}:3:18: error: ClusterConfiguration.certificatesDir: "pki" is not an absolute path`);
      expect(stderr).toContain(`${file}:4:15: error: ClusterConfiguration.networking.podSubet: unknown key`);
      expect(stderr).toContain("2 problems in the configuration");
    }));

  test("judges a file of kbs's own by kbs's rules", () =>
    withFolder(async (place) => {
      const file = join(place, "kbs.yaml");
      writeFileSync(
        file,
        "apiVersion: kbs/v1\nkind: Cluster\nmetadata: { name: a }\nspec: { hosts: [{ name: a, address: 10.0.0.1, roles: [master] }] }\n",
      );
      const { code, stderr } = await runKbs(["config", "validate", "--config", file]);
      expect(code).toBe(2);
      expect(stderr).toContain("spec.hosts[0].roles[0]: must be control-plane, worker or etcd");
    }));

  test("tells a warning, and yet says ok; -q leaves it out", () =>
    withFolder(async (place) => {
      const file = join(place, "kubeadm.yaml");
      writeFileSync(file, "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\ncertificateValidityPeriod: 9000h\n");
      const told = await runKbs(["config", "validate", "--config", file]);
      expect(told).toMatchObject({ code: 0, stdout: "ok\n", stderr: expect.stringContaining("3:28: warning: ") });
      expect(await runKbs(["config", "validate", "--config", file, "-q"])).toEqual({ code: 0, stdout: "ok\n", stderr: "" });
    }));

  test("tells what kbs itself would refuse, though kubeadm would not", () =>
    withFolder(async (place) => {
      const file = join(place, "kubeadm.yaml");
      writeFileSync(file, "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\netcd: { local: { dataDir: /var/lib } }\n");
      const { code, stdout, stderr } = await runKbs(["config", "validate", "--config", file]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: "ok\n" });
      expect(stderr).toContain(`${file}:3:27: warning: ClusterConfiguration.etcd.local.dataDir: kbs init refuses this: `);
    }));

  test("asks for the file", async () => {
    expect(await runKbs(["config", "validate"])).toMatchObject({ code: 2, stderr: expect.stringContaining("--config is missing") });
  });

  test("names a file that is not there", async () => {
    const { code, stderr } = await runKbs(["config", "validate", "--config", "/nowhere/kubeadm.yaml"]);
    expect(code).toBe(2);
    expect(stderr).toContain("there is no such file");
  });
});

describe("kbs config migrate", () => {
  test("prints what kubeadm would write", async () => {
    const { code, stdout } = await runKbs(["config", "migrate", "--old-config", join(folder, "old/full.yaml")]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: golden("migrated-full.txt") });
  });

  test("writes a file that only its owner can read, for it holds tokens", () =>
    withFolder(async (place) => {
      const run = await runKbs(["config", "migrate", "--old-config", join(folder, "old/small.yaml"), "--new-config", "new.yaml"], {
        cwd: place,
      });
      expect(run).toEqual({ code: 0, stdout: "", stderr: "" });
      expect(readFileSync(join(place, "new.yaml"), "utf8")).toBe(golden("migrated-small.txt"));
      expect(statSync(join(place, "new.yaml")).mode & 0o777).toBe(0o600);
    }));

  test("writes nothing when the old file is wrong", () =>
    withFolder(async (place) => {
      const [old, fresh] = [join(place, "old.yaml"), join(place, "new.yaml")];
      writeFileSync(old, "apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\n");
      const { code, stderr } = await runKbs(["config", "migrate", "--old-config", old, "--new-config", fresh]);
      expect(code).toBe(2);
      expect(stderr).toContain("kubeadm v1.22 reads it");
      expect(() => statSync(fresh)).toThrow("ENOENT");
    }));

  test("asks for the file", async () => {
    expect(await runKbs(["config", "migrate"])).toMatchObject({ code: 2, stderr: expect.stringContaining("--old-config is missing") });
  });
});

const list = async (...flags: string[]) => await runKbs(["config", "images", "list", ...flags]);

describe("kbs config images list", () => {
  test.each([
    ["of a version", ["--kubernetes-version", "v1.36.3"], "images.txt"],
    ["of 1.35", ["--kubernetes-version", "1.35"], "images-1.35.txt"],
    ["of 1.37", ["--kubernetes-version", "1.37"], "images-1.37.txt"],
    ["as a document", ["--kubernetes-version", "v1.36.3", "-o", "json"], "images-json.txt"],
    ["of another repository", ["--kubernetes-version", "1.36.3", "--image-repository", "r.example.com/k8s"], "images-repository.txt"],
    ["of a file with repositories and tags", ["--config", join(folder, "golden/migrated-full.txt")], "images-full.txt"],
    ["without kube-proxy", ["--config", join(folder, "golden/migrated-current.txt")], "images-current.txt"],
    ["with an external etcd", ["--config", join(folder, "golden/migrated-external-etcd.txt")], "images-external-etcd.txt"],
  ])("%s is kubeadm's list", async (_, flags, name) => {
    expect(await list(...flags)).toEqual({ code: 0, stdout: golden(name), stderr: "" });
  });

  test("a worker needs less, and a pod network more", async () => {
    const { stdout } = await list("--role", "worker", "--network", "flannel");
    expect(stdout.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^registry\.k8s\.io\/kube-proxy:/),
      expect.stringMatching(/^registry\.k8s\.io\/coredns\/coredns:/),
      expect.stringMatching(/^registry\.k8s\.io\/pause:/),
      expect.stringMatching(/flannel:/),
    ]);
  });

  test("a file of kbs's own says its network, too", async () => {
    const { code, stdout } = await list("--config", sample);
    expect(code).toBe(0);
    expect(stdout).toContain("flannel");
  });

  test("a flag wins over the file", async () => {
    const { stdout } = await list("--config", join(folder, "golden/migrated-full.txt"), "--kubernetes-version", "v1.35.1");
    expect(stdout).toContain("registry.example.com/kube-apiserver:v1.35.1\n");
  });

  test.each([
    [["--kubernetes-version", "newest"], 'newest\\" is not a version'],
    [["--kubernetes-version", "v1.24.0"], "v1.24.0"],
    [["--image-repository", "https://r.example.com"], "--image-repository: "],
    [["--role", "master"], "is not control-plane or worker"],
  ])("%j is refused in a sentence", async (flags, sentence) => {
    const { code, stdout, stderr } = await list(...flags);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(sentence.replaceAll("\\", ""));
  });

  test("images what? is asked", async () => {
    expect(await runKbs(["config", "images"])).toMatchObject({ code: 2, stderr: expect.stringContaining("it takes list") });
    expect(await runKbs(["config", "images", "push"])).toMatchObject({ code: 2, stderr: expect.stringContaining("it takes list, pull") });
  });
});
