import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { writeKubeconfig } from "../../../src/actions/kubeconfig/write.ts";
import { Learned } from "../../../src/phases/context.ts";
import { readKubeconfig } from "../../../src/pki/kubeconfig/kubeconfig.ts";
import { issue } from "../../pki/support.ts";
import { cluster, cp1 } from "../../templates/cluster.ts";

const remote = { ...cluster, hosts: [{ ...cp1, address: "203.0.113.7" }] };
let folder = "";
const at = (name: string): string => join(folder, name);
const serverIn = (name: string): string | undefined => readKubeconfig(readFileSync(at(name), "utf8"))?.server;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "kbs-write-")));
  vi.spyOn(process, "cwd").mockReturnValue(folder);
  vi.stubEnv("KUBECONFIG", at("own"));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const made = async () => {
  const learned = new Learned();
  learned.tell("pki", await issue());
  return { learned, cluster: remote };
};

test("a run leaves the kubeconfig in the working directory, under the cluster's name", async () => {
  expect(await writeKubeconfig(await made(), { mergeKubeconfig: false })).toBe(at("demo.kubeconfig"));
  expect(readdirSync(folder)).toEqual(["demo.kubeconfig"]);
  expect(serverIn("demo.kubeconfig")).toBe("https://203.0.113.7:6443");
});

test("or in the file that was named", async () => {
  expect(await writeKubeconfig(await made(), { mergeKubeconfig: false, kubeconfigFile: "admin" })).toBe(at("admin"));
  expect(readdirSync(folder)).toEqual(["admin"]);
});

test("or in the user's own, and nowhere else unless a file was named, too", async () => {
  const context = await made();
  expect(await writeKubeconfig(context, { mergeKubeconfig: true })).toBe(at("own"));
  expect(readdirSync(folder)).toEqual(["own"]);
  expect(serverIn("own")).toBe("https://203.0.113.7:6443");
  expect(await writeKubeconfig(context, { mergeKubeconfig: true, kubeconfigFile: at("admin") })).toBe(at("admin"));
  expect(readdirSync(folder)).toEqual(["admin", "own"]);
});

test("a PKI whose admin.conf cannot be used is told", async () => {
  const learned = new Learned();
  learned.tell("pki", []);
  await expect(writeKubeconfig({ learned, cluster: remote }, { mergeKubeconfig: false })).rejects.toThrow("holds no client certificate");
});
