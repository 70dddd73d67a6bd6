import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { flannelManifest } from "../lab/flannel-manifest.ts";
import { type KubeadmArchives, kubeadmArchives, type Lab, type LabHost, startLab } from "../lab/index.ts";
import { containerdNeeds, kubeletNeeds, kubeProxyNeeds } from "../lab/kernel-needs.ts";
import { initConfig, podSubnet } from "../lab/kubeadm-config.ts";
import { bringKbs, kbsOn, stateFolder } from "../support/kbs-on-host.ts";
import { hostOf } from "../support/nth-host.ts";
import type { Ended } from "../support/operator.ts";

// Control planes join a cluster by hand: with kbs and with kubeadm, into a cluster that either has made.

const config = (spec: Readonly<Record<string, unknown>>): string =>
  stringify({ apiVersion: "kbs/v1", kind: "Cluster", metadata: { name: "demo" }, spec: { runtime: { config: containerdNeeds }, ...spec } });

/** What the machine's kernel cannot do, told as its user would. */
const own = ["--config", "own.yaml"];

const must = async (host: LabHost, script: string): Promise<string> => {
  const { code, stdout, stderr } = await host.run(script, { timeout: 240_000 });
  expect({ script, code, stdout, stderr }).toMatchObject({ script, code: 0 });
  return stdout;
};

const kubectl = (host: LabHost, line: string): Promise<string> =>
  must(host, `kubectl --cache-dir=/tmp/kubectl --kubeconfig=/etc/kubernetes/admin.conf ${line}`);

/** The words behind `kbs join` or `kubeadm join` of the line for a control plane. */
const controlPlaneWords = (printed: string): readonly string[] => {
  const line = printed.replaceAll("\\\n", " ").match(/join (\S+:\d+ .*--control-plane.*)/)?.[1];
  if (line === undefined) throw new Error(`no line for a control plane in:\n${printed}`);
  return line.trim().split(/\s+/);
};

/** etcd's members by name, with whether they have a vote, as any control plane's etcd sees them. */
const etcdMembers = async (host: LabHost): Promise<readonly string[]> => {
  const pki = "/etc/kubernetes/pki/etcd";
  const flags = `--endpoints=https://127.0.0.1:2379 --cacert=${pki}/ca.crt --cert=${pki}/healthcheck-client.crt --key=${pki}/healthcheck-client.key`;
  const listed = await kubectl(host, `-n kube-system exec etcd-${host.name} -- etcdctl ${flags} member list -w json`);
  const { members }: { members: readonly { readonly name?: string; readonly isLearner?: boolean }[] } = JSON.parse(listed);
  return members.map(({ name = "", isLearner = false }) => `${name}${isLearner ? " learner" : ""}`).toSorted();
};

interface Nodes {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly taints?: readonly { readonly key: string }[] };
  }[];
}

const role = "node-role.kubernetes.io/control-plane";

/** All of them are ready, have kubeadm's label and taint, and a vote in etcd. */
const expectControlPlanes = async (host: LabHost, names: readonly string[]): Promise<void> => {
  await kubectl(host, `wait node ${names.join(" ")} --for=condition=Ready --timeout=110s`);
  const { items }: Nodes = JSON.parse(await kubectl(host, `get nodes -l ${role} -o json`));
  const tainted = items.filter(({ spec }) => spec.taints?.some(({ key }) => key === role));
  expect(tainted.map(({ metadata }) => metadata.name).toSorted()).toEqual(names);
  expect(await etcdMembers(host)).toEqual(names);
};

/** Types a line of kbs that must go well. */
const kbs = async (host: LabHost, ...words: readonly string[]): Promise<Ended> => {
  const ended = await kbsOn(host, words);
  expect(ended).toEqual({ ...ended, code: 0 });
  return ended;
};

/** What an administrator has done on a machine before kubeadm comes: software, kernel, images. */
const prepareForKubeadm = async (host: LabHost, { software = "", controlPlaneImages }: KubeadmArchives): Promise<void> => {
  const install = `set -e
tar --extract --gzip --directory / --no-same-owner --no-overwrite-dir
modprobe -a overlay br_netfilter
sysctl --quiet --load=/etc/sysctl.d/90-kubernetes.conf
systemctl daemon-reload
systemctl enable --quiet --now containerd
systemctl enable --quiet kubelet`;
  for (const [script, inputFile] of [
    [install, software],
    ["ctr --namespace k8s.io images import -", controlPlaneImages],
  ] as const) {
    const { code, stderr } = await host.run(script, { inputFile, timeout: 240_000 });
    expect({ script, code, stderr }).toMatchObject({ code: 0 });
  }
};

describe("a cluster that kbs made on its machine", () => {
  let lab: Lab;
  let [h1, h2, h3]: LabHost[] = [];
  let words: readonly string[];
  const there = () => {
    if (!h1 || !h2 || !h3) throw new Error("the lab is not up");
    return { h1, h2, h3 };
  };

  beforeAll(async () => {
    lab = await startLab({ hosts: 3 });
    [h1, h2, h3] = [hostOf(lab, 0), hostOf(lab, 1), hostOf(lab, 2)];
    await Promise.all([bringKbs(h1), bringKbs(h2)]);
    const cluster = { controlPlaneEndpoint: `${h1.address}:6443`, kubernetes: { kubelet: kubeletNeeds, kubeProxy: kubeProxyNeeds } };
    await writeFile(join(h1.rootDirectory, "root/init.yaml"), config(cluster));
    await writeFile(join(h2.rootDirectory, "root/own.yaml"), config({}));
    const made = await kbsOn(h1, ["init", "--config", "init.yaml", "--upload-certs"]);
    if (made.code !== 0) throw new Error(made.stderr);
    words = controlPlaneWords(made.stdout);
  });
  afterAll(() => lab?.stop());

  test("a wrong key and a dry run change nothing, and are told with what to do", async () => {
    const { h2: machine } = there();
    const wrong = await kbsOn(machine, ["join", ...words.slice(0, -1), "5e".repeat(32), ...own]);
    expect(wrong).toMatchObject({ code: 5, stderr: expect.stringContaining("the certificate key does not open what was uploaded") });
    expect(wrong.stderr).toContain("kbs init phase upload-certs --upload-certs");
    const dry = await kbsOn(machine, ["join", ...words, ...own, "--dry-run"]);
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining("etcd member h2") });
    expect(await must(machine, "ls -A /etc/kubernetes/pki 2>/dev/null || :")).toBe("");
  });

  test("kbs joins one more control plane by the line that init has printed, and its key is nowhere on the machine", async () => {
    const { h1: first, h2: machine } = there();
    await kbs(machine, "join", ...words, ...own);
    await expectControlPlanes(first, ["h1", "h2"]);
    const key = words.at(-1) ?? "";
    expect(await must(machine, `grep -rlF ${key} /etc /var/lib/kbs /var/lib/kubelet ${stateFolder} 2>/dev/null || :`)).toBe("");
  });

  test("again, it finds nothing to do, though its line has a token that nobody knows", async () => {
    const { h2: machine } = there();
    const late = words.map((word) => (/^[a-z0-9]{6}\.[a-z0-9]{16}$/.test(word) ? "zzzzzz.0123456789abcdef" : word)).slice(0, -2);
    expect((await kbs(machine, "join", ...late, ...own)).stderr).toContain("0 changes");
  });

  test("kubeadm joins a third by what kbs has uploaded", async () => {
    const { h1: first, h3: machine } = there();
    await prepareForKubeadm(machine, await kubeadmArchives(lab));
    const joined = await machine.run(`kubeadm join ${words.join(" ")} --ignore-preflight-errors=SystemVerification`, { timeout: 240_000 });
    expect(joined).toMatchObject({ code: 0 });
    await expectControlPlanes(first, ["h1", "h2", "h3"]);
  });

  test("reset takes the machine out of etcd, and once what was uploaded is gone a join says how to upload it again", async () => {
    const { h1: first, h2: machine } = there();
    await kbs(machine, "reset", "--yes");
    expect(await etcdMembers(first)).toEqual(["h1", "h3"]);
    await kubectl(first, "delete node h2");
    await kubectl(first, "-n kube-system delete secret kubeadm-certs");
    const gone = await kbsOn(machine, ["join", ...words, ...own]);
    expect(gone).toMatchObject({ code: 5, stderr: expect.stringContaining("is not in the cluster") });
    expect(gone.stderr).toContain("kbs init phase upload-certs --upload-certs");
  });

  test("uploaded again it joins as before, by kubeadm's file as well", async () => {
    const { h1: first, h2: machine } = there();
    const key = (await kbs(first, "init", "phase", "upload-certs", "--upload-certs")).stdout.trim();
    const [endpoint = "", ...flags] = words;
    const after = (flag: string): string => flags[flags.indexOf(flag) + 1] ?? "";
    const discovery = { token: after("--token"), apiServerEndpoint: endpoint, caCertHashes: [after("--discovery-token-ca-cert-hash")] };
    const file = {
      apiVersion: "kubeadm.k8s.io/v1beta4",
      kind: "JoinConfiguration",
      discovery: { bootstrapToken: discovery },
      controlPlane: { certificateKey: key },
    };
    await writeFile(join(machine.rootDirectory, "root/join.yaml"), stringify(file), { mode: 0o600 });
    const joined = await kbsOn(machine, ["join", "--config", "join.yaml", "--dry-run"]);
    expect(joined).toMatchObject({ code: 0, stdout: expect.stringContaining("etcd member h2") });
    await kbs(machine, "join", ...words.slice(0, -1), key, ...own);
    await expectControlPlanes(first, ["h1", "h2", "h3"]);
  });

  test("single phases of kubeadm's are done by its names", async () => {
    const { h1: first, h2: machine } = there();
    await kubectl(first, "label node h2 node-role.kubernetes.io/control-plane-");
    const marked = await kbs(machine, "join", "phase", "control-plane-join", "mark-control-plane", ...words.slice(0, -2), ...own);
    expect(marked.stderr).toContain("labels of node h2");
    await kubectl(first, "-n kube-system delete deployment coredns");
    await kbs(first, "init", "phase", "addon", "coredns", "--config", "init.yaml");
    await kubectl(first, "-n kube-system get deployment coredns");
    const shown = await kbs(first, "init", "phase", "show-join-command", "--config", "init.yaml");
    expect(shown.stdout).toMatch(/kbs join \S+:6443 --token [a-z0-9]{6}\.[a-z0-9]{16} /);
    const refused = await kbsOn(machine, ["init", "phase", "addon", "coredns", "--config", "own.yaml"]);
    expect(refused).toMatchObject({ code: 3 });
  });
});

describe("a cluster that kubeadm made", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ hosts: 2 });
    const h1 = hostOf(lab, 0);
    await prepareForKubeadm(h1, await kubeadmArchives(lab));
    const endpoint = `kind: ClusterConfiguration\ncontrolPlaneEndpoint: ${h1.address}:6443`;
    const file = initConfig(h1.name, h1.address, "abcdef.0123456789abcdef").replace("kind: ClusterConfiguration", endpoint);
    await writeFile(join(h1.rootDirectory, "root/kubeadm.yaml"), file, { mode: 0o600 });
    await writeFile(join(h1.rootDirectory, "root/flannel.yaml"), flannelManifest(podSubnet));
    await must(h1, "kubeadm init --config kubeadm.yaml");
    await kubectl(h1, "apply -f flannel.yaml");
    const h2 = hostOf(lab, 1);
    await bringKbs(h2);
    await writeFile(join(h2.rootDirectory, "root/own.yaml"), config({}));
  });
  afterAll(() => lab?.stop());

  test("takes a control plane of kbs's by what kubeadm has uploaded", async () => {
    const [h1, h2] = [hostOf(lab, 0), hostOf(lab, 1)];
    const key = (await must(h1, "kubeadm init phase upload-certs --upload-certs 2>/dev/null | tail -n 1")).trim();
    const words = controlPlaneWords(await must(h1, `kubeadm token create --print-join-command --certificate-key ${key}`));
    expect((await kbs(h2, "join", ...words, ...own)).stderr).toContain("kubectl get nodes");
    await expectControlPlanes(h1, ["h1", "h2"]);
  });
});
