import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kubeadmArchives, type Lab, type LabHost, startLab } from "../lab/index.ts";
import { asFound, sinceFound } from "../support/as-found.ts";
import { bringKbs, kbsOn } from "../support/kbs-on-host.ts";
import { hostOf } from "../support/nth-host.ts";
import { initFile, joinFile, token } from "../support/parity/config.ts";
import { importImages, invitationOf, must } from "../support/parity/sides.ts";

// Each tool on what the other has made, on hosts that are prepared for kubeadm.

const kubectl = (host: LabHost, line: string): Promise<string> =>
  must(host, `kubectl --cache-dir=/tmp/kubectl --kubeconfig=/etc/kubernetes/admin.conf ${line}`);

const ready = (host: LabHost, node: string): Promise<string> => kubectl(host, `wait node ${node} --for=condition=Ready --timeout=180s`);

const start = async (): Promise<Lab> => {
  const lab = await startLab({ hosts: 2, flavour: "prepared" });
  const { controlPlaneImages } = await kubeadmArchives(lab);
  for (const host of lab.hosts) {
    await importImages(host, controlPlaneImages);
    await bringKbs(host);
    await writeFile(join(host.rootDirectory, "root/init.yaml"), initFile());
  }
  return lab;
};

const certificateNames = [
  "admin.conf",
  "apiserver",
  "apiserver-etcd-client",
  "apiserver-kubelet-client",
  "controller-manager.conf",
  "etcd-healthcheck-client",
  "etcd-peer",
  "etcd-server",
  "front-proxy-client",
  "scheduler.conf",
  "super-admin.conf",
];

/** The first word of each line of a table of certificates. */
const rowsOf = (table: string): string[] =>
  table
    .split("\n")
    .flatMap((line) => /^(?<name>[a-z][a-z.-]+) +[A-Z][a-z]{2} \d{2}, \d{4}/.exec(line)?.groups?.["name"] ?? [])
    .toSorted();

const cas = ["ca", "etcd-ca", "front-proxy-ca"];

describe("a cluster that kbs made", () => {
  let lab: Lab;
  let [h1, h2]: LabHost[] = [];
  const first = (): LabHost => h1 ?? expect.fail("the lab is not up");
  const second = (): LabHost => h2 ?? expect.fail("the lab is not up");

  beforeAll(async () => {
    lab = await start();
    [h1, h2] = [hostOf(lab, 0), hostOf(lab, 1)];
    const made = await kbsOn(first(), ["init", "--config", "init.yaml"]);
    if (made.code !== 0) throw new Error(made.stdout + made.stderr);
  });
  afterAll(() => lab?.stop());

  test("takes a worker that kubeadm joins, by kbs's token and hash", async () => {
    const { endpoint, hash } = await invitationOf(first());
    await writeFile(join(second().rootDirectory, "root/join.yaml"), joinFile(endpoint, hash));
    await must(second(), "kubeadm join --config join.yaml");
    expect(await ready(first(), "h2")).toContain("condition met");
  });

  test("has certificates that kubeadm knows, all of them, and renews", async () => {
    const before = await must(first(), "kubeadm certs check-expiration");
    expect(rowsOf(before)).toEqual([...certificateNames, ...cas].toSorted());
    expect(before).not.toMatch(/MISSING|invalid/i);
    await must(first(), "kubeadm certs renew all");
    expect(rowsOf(await must(first(), "kubeadm certs check-expiration"))).toEqual([...certificateNames, ...cas].toSorted());
  });

  test("has tokens that kubeadm lists, makes and deletes", async () => {
    expect(await must(first(), "kubeadm token list")).toMatch(new RegExp(`^${token} .*authentication,signing .*default-node-token`, "m"));
    const made = (await must(first(), "kubeadm token create --ttl 1h --description rack")).trim();
    expect((await kbsOn(first(), ["token", "list"])).stdout).toMatch(new RegExp(`^${made} .*rack`, "m"));
    await must(first(), `kubeadm token delete ${made}`);
  });

  test("is one that kubeadm plans an upgrade of, and would make no other", async () => {
    // The lab's image of a pause does not end by itself, as the job that kubeadm tries wants it to.
    const plan = await must(first(), "kubeadm upgrade plan v1.36.4 --ignore-preflight-errors=SystemVerification,CreateJob");
    expect(plan).toMatch(/^kube-apiserver +h1 +v1\.36\.3 +v1\.36\.4$/m);
    expect(plan).toMatch(/^kubelet +h2 +v1\.36\.3 +v1\.36\.4$/m);
    const diff = await must(first(), "kubeadm upgrade diff v1.36.3");
    const changed = diff.split("\n").filter((line) => /^[-+](?![-+])/.test(line));
    // The startup probes alone: docs/observed.md.
    expect(changed.filter((line) => !/^[-+] +(?:failureThreshold|initialDelaySeconds|periodSeconds): \d+$/.test(line))).toEqual([]);
    expect(changed).not.toEqual([]);
  });

  test("is given back by kubeadm as one of its own, and kbs gives back the rest", async () => {
    await must(second(), "kubeadm reset --force");
    await must(first(), "kubeadm reset --force");
    expect(await must(first(), "ls /etc/kubernetes/manifests /etc/kubernetes/pki /var/lib/etcd")).not.toMatch(/yaml|crt|member/);
    expect(await kbsOn(first(), ["reset", "--yes"])).toMatchObject({ code: 0 });
    expect(await must(first(), "ls -d /var/lib/kbs /etc/kubernetes 2>/dev/null || :")).toBe("");
  });
});

describe("a cluster that kubeadm made", () => {
  let lab: Lab;
  let [h1, h2]: LabHost[] = [];
  const first = (): LabHost => h1 ?? expect.fail("the lab is not up");
  const second = (): LabHost => h2 ?? expect.fail("the lab is not up");

  beforeAll(async () => {
    lab = await start();
    [h1, h2] = [hostOf(lab, 0), hostOf(lab, 1)];
    await must(first(), "kubeadm init --config init.yaml");
  });
  afterAll(() => lab?.stop());

  test("has certificates that kbs knows, on disk and on the wire", async () => {
    const told = await kbsOn(first(), ["certs", "check-expiration"]);
    expect(told).toMatchObject({ code: 0 });
    expect(rowsOf(told.stdout)).toEqual([...certificateNames, ...cas].toSorted());
  });

  test("has tokens that kbs lists and makes, and a worker of kubeadm's joins by kbs's line", async () => {
    expect((await kbsOn(first(), ["token", "list"])).stdout).toMatch(new RegExp(`^${token} `, "m"));
    const { stdout } = await kbsOn(first(), ["token", "create", "--print-join-command"]);
    const [, words] = /kbs join (.+)/.exec(stdout.replaceAll("\\\n", " ")) ?? [];
    await must(second(), `kubeadm join ${words} --ignore-preflight-errors=SystemVerification`);
    await kubectl(first(), "get node h2");
  });

  test("is left alone by kbs's reset, which says whose it is", async () => {
    for (const host of [first(), second()]) {
      const before = await asFound([host]);
      const reset = await kbsOn(host, ["reset", "--yes"]);
      expect(reset).toMatchObject({ code: 0, stderr: expect.stringContaining("made by another tool, such as kubeadm") });
      expect(sinceFound(before, await asFound([host])).filter((line) => / \/(?:etc|var\/lib\/kbs)/.test(line))).toEqual([]);
    }
  });

  test("has its certificates renewed by kbs, and goes on", async () => {
    expect(await kbsOn(first(), ["certs", "renew", "all"])).toMatchObject({ code: 0 });
    expect(await kbsOn(first(), ["certs", "check-expiration"])).toMatchObject({ code: 0 });
    expect(rowsOf(await must(first(), "kubeadm certs check-expiration"))).toEqual([...certificateNames, ...cas].toSorted());
    await kubectl(first(), "get nodes");
  });

  test("gives back a worker that kbs joined in the place of kubeadm's", async () => {
    await must(second(), "kubeadm reset --force");
    await kubectl(first(), "delete node h2");
    const before = await asFound([second()]);
    const { endpoint, hash } = await invitationOf(first());
    const line = ["join", endpoint, "--token", token, "--discovery-token-ca-cert-hash", hash];
    expect(await kbsOn(second(), line)).toMatchObject({ code: 0 });
    await kubectl(first(), "get node h2");
    expect(await kbsOn(second(), ["reset", "--yes"])).toMatchObject({ code: 0 });
    // kubeadm has left firewall rules, logs and a runtime that was used, which are not compared here.
    const ofNode = / (?:mount|link|process|failed|route) |\/(?:etc|var\/lib\/kubelet|var\/lib\/kbs)\b/;
    expect(sinceFound(before, await asFound([second()])).filter((line) => ofNode.test(line))).toEqual([]);
  });
});
