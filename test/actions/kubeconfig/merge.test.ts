import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mergeIntoOwn, ownKubeconfigPath } from "../../../src/actions/kubeconfig/merge.ts";
import { renderKubeconfig } from "../../../src/pki/kubeconfig/kubeconfig.ts";

const ofCluster = (name: string, caPem = "the CA"): string =>
  renderKubeconfig({
    clusterName: name,
    server: "https://203.0.113.7:6443",
    caPem,
    user: `${name}-admin`,
    context: name,
    credentials: { certificatePem: "the certificate", keyPem: "the private key" },
  });

let home = "";
const at = (...names: readonly string[]): string => join(home, ...names);
const text = (path: string): string => readFileSync(path, "utf8");
const modeOf = (path: string): number => statSync(path).mode & 0o777;
const merge = (kubeconfig: string, environment: Record<string, string> = {}, within = 5000): Promise<string> =>
  mergeIntoOwn(kubeconfig, { HOME: home, ...environment }, within);

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "kbs-home-"));
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

test("the file is the first that KUBECONFIG names, as for kubectl, else ~/.kube/config", () => {
  expect(ownKubeconfigPath({ HOME: "/home/me" })).toBe("/home/me/.kube/config");
  expect(ownKubeconfigPath({ HOME: "/home/me", KUBECONFIG: "" })).toBe("/home/me/.kube/config");
  expect(ownKubeconfigPath({ HOME: "/home/me", KUBECONFIG: ":/a/one:/b/two" })).toBe("/a/one");
});

test("a first cluster makes file and folder, closed to others, and leaves neither lock nor backup", async () => {
  expect(await merge(ofCluster("demo"))).toBe(at(".kube/config"));
  expect(text(at(".kube/config"))).toBe(ofCluster("demo"));
  expect([modeOf(at(".kube")), modeOf(at(".kube/config"))]).toEqual([0o700, 0o600]);
  expect(readdirSync(at(".kube"))).toEqual(["config"]);
});

test("a second cluster leaves what was there before in a backup, closed to others", async () => {
  await merge(ofCluster("one"));
  await merge(ofCluster("two"));
  expect(text(at(".kube/config"))).toContain("name: one\n");
  expect(text(at(".kube/config"))).toContain("current-context: two\n");
  expect(text(at(".kube/config.kbs-backup"))).toBe(ofCluster("one"));
  expect(modeOf(at(".kube/config.kbs-backup"))).toBe(0o600);
});

test("the same cluster again writes nothing", async () => {
  await merge(ofCluster("one"));
  await merge(ofCluster("two"));
  const before = ["config", "config.kbs-backup"].map((name) => statSync(at(".kube", name)));
  await merge(ofCluster("two"));
  const after = ["config", "config.kbs-backup"].map((name) => statSync(at(".kube", name)));
  expect(after.map(({ ino, mtimeMs }) => [ino, mtimeMs])).toEqual(before.map(({ ino, mtimeMs }) => [ino, mtimeMs]));
});

test("many at once all get in: one waits for the other's lock", async () => {
  const names = Array.from({ length: 8 }, (_, index) => `c${index}`);
  await Promise.all(names.map((name) => merge(ofCluster(name))));
  for (const name of names) expect(text(at(".kube/config"))).toContain(`name: ${name}\n`);
  expect(readdirSync(at(".kube"))).toEqual(["config", "config.kbs-backup"]);
});

test("a lock that goes away is waited for, and one that stays is named and left alone", async () => {
  await merge(ofCluster("one"));
  writeFileSync(at(".kube/config.lock"), "");
  const error = await merge(ofCluster("two"), {}, 150).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    message: expect.stringContaining(`is locked by another program: ${at(".kube/config.lock")} is there`),
    details: { hint: expect.stringContaining(`remove ${at(".kube/config.lock")}`) },
  });
  expect(text(at(".kube/config"))).toBe(ofCluster("one"));
  const merging = merge(ofCluster("two"));
  await sleep(150);
  rmSync(at(".kube/config.lock"));
  await merging;
  expect(text(at(".kube/config"))).toContain("name: two\n");
});

test("a refusal leaves the file as it was, without a backup or a lock", async () => {
  await merge(ofCluster("demo"));
  await expect(merge(ofCluster("demo", "another CA"))).rejects.toThrow("belongs to another cluster");
  expect(text(at(".kube/config"))).toBe(ofCluster("demo"));
  expect(readdirSync(at(".kube"))).toEqual(["config"]);
});

test("a file that is a link of one's own stays one", async () => {
  writeFileSync(at("dotfiles"), ofCluster("one"));
  symlinkSync(at("dotfiles"), at("link"));
  expect(await merge(ofCluster("two"), { KUBECONFIG: at("link") })).toBe(at("link"));
  expect(text(at("dotfiles"))).toContain("name: two\n");
  expect(existsSync(at("link.lock"))).toBe(false);
});
