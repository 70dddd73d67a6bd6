import { readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { yamlStream } from "../../../src/commands/config/yaml-stream.ts";
import { defaults } from "../../../src/config/defaults.ts";
import { readKubeadmText } from "../../../src/config/kubeadm/index.ts";
import { migrate } from "../../../src/config/kubeadm/migrate.ts";
import { printedDefaults } from "../../../src/config/kubeadm/print.ts";
import { ConfigError } from "../../../src/config/problems.ts";
import { kubelet, upgrade } from "./bad-files.ts";

const at = (...path: string[]): string => join(import.meta.dirname, ...path);
const golden = (name: string): string => readFileSync(at("golden", name), "utf8");
const source = (text: string) => ({ name: "old.yaml", text, openToOthers: false });
const migrated = (text: string): string => yamlStream(migrate(source(text)));
const dataOf = (text: string): unknown[] => parseAllDocuments(text).map((document): unknown => document.toJS());

/** kubeadm names its own minor's first release; kbs the one that it makes by default. */
const ours = (text: string): string => text.replace("kubernetesVersion: 1.36.0", `kubernetesVersion: ${defaults.version}`);

describe("what kbs prints is what kubeadm prints", () => {
  test.each(["init-defaults", "reset-defaults", "upgrade-defaults"] as const)("%s, to the letter", (what) => {
    expect(yamlStream(printedDefaults(what))).toBe(ours(golden(`print-${what}.txt`)));
  });

  test("join-defaults, with this machine's name", () => {
    expect(yamlStream(printedDefaults("join-defaults"))).toBe(
      golden("print-join-defaults.txt").replace("name: vm\n", `name: ${hostname().toLowerCase()}\n`),
    );
  });

  test("the documents of components besides", () => {
    expect(yamlStream(printedDefaults("init-defaults", ["KubeletConfiguration", "KubeProxyConfiguration"]))).toBe(
      ours(golden("print-init-defaults-components.txt")),
    );
  });

  test.each(["init-defaults", "join-defaults", "reset-defaults", "upgrade-defaults"] as const)("%s is a good file", (what) => {
    expect(readKubeadmText(source(yamlStream(printedDefaults(what)))).warnings).toEqual([]);
  });
});

describe("what kbs migrates is what kubeadm migrates", () => {
  /** Files that are v1beta4 already: kubeadm loses a time limit of these. */
  const current = ["current.yaml", "variables.yaml"];
  const files = readdirSync(at("old")).filter((name) => !current.includes(name));

  test.each(files)("%s, to the letter", (name) => {
    expect(migrated(readFileSync(at("old", name), "utf8"))).toBe(golden(`migrated-${name.replace(".yaml", ".txt")}`));
  });

  test.each(current)("%s, but for a time limit for which kubeadm writes 0s", (name) => {
    const theirs = golden(`migrated-${name.replace(".yaml", ".txt")}`);
    expect(theirs).toContain("controlPlaneComponentHealthCheck: 0s");
    expect(dataOf(migrated(readFileSync(at("old", name), "utf8")))).toEqual(
      dataOf(theirs.replace("controlPlaneComponentHealthCheck: 0s", "controlPlaneComponentHealthCheck: 4m0s")),
    );
  });

  test.each(readdirSync(at("old")))("%s, once migrated, is a good file that migrates to itself", (name) => {
    const once = migrated(readFileSync(at("old", name), "utf8"));
    expect(() => readKubeadmText(source(once))).not.toThrow();
    expect(migrated(once)).toBe(once);
  });
});

const old = (kind: string, body: string): string => `apiVersion: kubeadm.k8s.io/v1beta3\nkind: ${kind}\n${body}\n`;

describe("migration", () => {
  test("leaves open what only a machine knows", () => {
    expect(dataOf(migrated(old("InitConfiguration", "")))).toEqual([
      expect.not.objectContaining({ bootstrapTokens: expect.anything() }),
      expect.not.objectContaining({ kubernetesVersion: expect.anything() }),
    ]);
  });

  test("keeps documents of components, which kubeadm drops", () => {
    expect(dataOf(migrated(`${old("ClusterConfiguration", "")}---\n${kubelet("maxPods: 200")}`)).at(-1)).toEqual({
      apiVersion: "kubelet.config.k8s.io/v1beta1",
      kind: "KubeletConfiguration",
      maxPods: 200,
    });
  });

  test("takes an UpgradeConfiguration, of which kubeadm says that it has no mutator", () => {
    expect(dataOf(migrated(upgrade("node: { etcdUpgrade: false }")))).toEqual([
      expect.objectContaining({
        kind: "UpgradeConfiguration",
        node: expect.objectContaining({ etcdUpgrade: false, certificateRenewal: true }),
      }),
    ]);
  });

  test.each([
    ["a field that v1beta3 has not", old("ClusterConfiguration", "encryptionAlgorithm: RSA-2048"), "3:1", "unknown key"],
    [
      "flags as v1beta4 has them",
      old("ClusterConfiguration", "scheduler: { extraArgs: [{ name: v, value: '4' }] }"),
      "3:25",
      "must be a map",
    ],
    ["a mistake that kubeadm would find", old("ClusterConfiguration", "certificatesDir: pki"), "3:18", "not an absolute path"],
    ["a version before v1beta3", "apiVersion: kubeadm.k8s.io/v1beta1\nkind: ClusterConfiguration\n", "1:13", "too old"],
  ])("refuses %s, with its place", (_, text, place, sentence) => {
    const problems = (() => {
      try {
        migrated(text);
      } catch (error) {
        if (error instanceof ConfigError) return error.problems;
        throw error;
      }
      return [];
    })();
    expect(problems.map(({ line, column }) => `${line}:${column}`)).toEqual([place]);
    expect(problems[0]?.message).toContain(sentence);
  });
});
