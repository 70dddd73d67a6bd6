import { describe, expect, test } from "vitest";
import { readKubeadmText, resetOfKubeadm } from "../../../src/config/kubeadm/index.ts";
import { ConfigError } from "../../../src/config/problems.ts";
import { init } from "./bad-files.ts";

const read = (body: string) => {
  const text = body.includes("kind:") ? body : `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ResetConfiguration\n${body}\n`;
  return resetOfKubeadm(readKubeadmText({ name: "reset.yaml", text, openToOthers: false }));
};

const told = (body: string): string[] => {
  try {
    read(body);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
};

describe("kubeadm's file of a reset", () => {
  test("asks, unless it says that it is sure", () => {
    expect(read("").force).toBe(false);
    expect(read("force: true\ncleanupTmpDir: true\ncertificatesDir: /etc/kubernetes/pki\nskipPhases: [preflight]")).toEqual({
      force: true,
      warnings: [],
    });
  });

  test("that ignores checks is told that there are none", () => {
    expect(read("ignorePreflightErrors: [all]").warnings.map(({ path }) => path)).toEqual(["ResetConfiguration.ignorePreflightErrors"]);
  });

  test.each([
    ["dryRun: true", "ResetConfiguration.dryRun: "],
    ["certificatesDir: /pki", "ResetConfiguration.certificatesDir: "],
    ["criSocket: unix:///run/crio/crio.sock", "ResetConfiguration.criSocket: "],
    ["unmountFlags: [MNT_FORCE]", "ResetConfiguration.unmountFlags: "],
    ["skipPhases: [cleanup-node]", "ResetConfiguration.skipPhases[0]: "],
    ["timeouts: { etcdAPICall: 7m }", "ResetConfiguration.timeouts.etcdAPICall: "],
    [init(""), "holds no ResetConfiguration"],
  ])("%j is refused by its name", (body, start) => {
    expect(told(body)).toEqual([expect.stringContaining(start)]);
  });
});
