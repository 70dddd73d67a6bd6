import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { type Lab, type LabHost, startLab } from "../lab/index.ts";
import { containerdNeeds, kubeletNeeds, kubeProxyNeeds } from "../lab/kernel-needs.ts";
import { bringKbs, kbsOn } from "../support/kbs-on-host.ts";
import { hostOf } from "../support/nth-host.ts";
import type { Ended } from "../support/operator.ts";

// Two machines by kbs on the machines themselves: a cluster in which IPv6 leads, with one more control plane, and then a worker instead.

const config = (spec: Readonly<Record<string, unknown>>): string =>
  stringify({ apiVersion: "kbs/v1", kind: "Cluster", metadata: { name: "demo" }, spec: { runtime: { config: containerdNeeds }, ...spec } });

/** What the machine's kernel cannot do, told as its user would. */
const own = ["--config", "own.yaml"];

const subnets = { podSubnet: "fd00:10:244::/56,10.244.0.0/16", serviceSubnet: "fd00:10:96::/112,10.96.0.0/16" };

let lab: Lab;
let [h1, h2]: LabHost[] = [];
let printed = "";
const there = () => {
  if (!h1 || !h2) throw new Error("the lab is not up");
  return { h1, h2 };
};

const kubectl = async (line: string): Promise<string> => {
  const script = `kubectl --cache-dir=/tmp/kubectl --kubeconfig=/etc/kubernetes/admin.conf ${line}`;
  const { code, stdout, stderr } = await there().h1.run(script, { timeout: 150_000 });
  expect({ line, code, stderr }).toMatchObject({ line, code: 0 });
  return stdout;
};

const kbs = async (host: LabHost, ...words: readonly string[]): Promise<Ended> => {
  const ended = await kbsOn(host, words);
  expect(ended).toEqual({ ...ended, code: 0 });
  return ended;
};

/** The words behind `kbs join` in what init has printed, of the line that has a word, without what a shell takes away. */
const joinWords = (word: RegExp): readonly string[] => {
  const lines = printed.replaceAll("\\\n", " ").replaceAll("'", "").split("\n");
  const [, words] = /join (\S+:\d+ .*)/.exec(lines.find((line) => / join \S+:\d+ /.test(line) && word.test(line)) ?? "") ?? [];
  return words?.trim().split(/\s+/) ?? expect.fail(`no such line in:\n${printed}`);
};

interface Nodes {
  readonly items: readonly { readonly status: { readonly addresses?: readonly { readonly type: string; readonly address: string }[] } }[];
}

const internalAddresses = async (): Promise<readonly (readonly string[])[]> => {
  const { items }: Nodes = JSON.parse(await kubectl("get nodes -o json"));
  return items.map(({ status: { addresses = [] } }) => addresses.filter(({ type }) => type === "InternalIP").map(({ address }) => address));
};

const bothOf = ({ address, ipv6 = "" }: LabHost): readonly string[] => [ipv6, address];

/** etcd's members, by what they listen at for each other. */
const members = async (): Promise<readonly string[]> => {
  const pki = "/etc/kubernetes/pki/etcd";
  const flags = `--endpoints=https://[::1]:2379 --cacert=${pki}/ca.crt --cert=${pki}/healthcheck-client.crt --key=${pki}/healthcheck-client.key`;
  const listed = await kubectl(`-n kube-system exec etcd-h1 -- etcdctl ${flags} member list -w json`);
  const found: { members: readonly { readonly peerURLs: readonly string[]; readonly isLearner?: boolean }[] } = JSON.parse(listed);
  return found.members.flatMap(({ peerURLs, isLearner }) => (isLearner ? [] : peerURLs)).toSorted();
};

const peerOf = ({ ipv6 = "" }: LabHost): string => `https://[${ipv6}]:2380`;

beforeAll(async () => {
  lab = await startLab({ hosts: 2, ipv6: true });
  [h1, h2] = [hostOf(lab, 0), hostOf(lab, 1)];
  await Promise.all([bringKbs(h1), bringKbs(h2)]);
  const cluster = {
    controlPlaneEndpoint: `[${h1.ipv6}]:6443`,
    kubernetes: { ...subnets, kubelet: kubeletNeeds, kubeProxy: kubeProxyNeeds },
  };
  await writeFile(join(h1.rootDirectory, "root/init.yaml"), config(cluster));
  await writeFile(join(h2.rootDirectory, "root/own.yaml"), config({}));
});
afterAll(() => lab?.stop());

test("init finds the machine's addresses, the leading family's first, and prints an endpoint in brackets", async () => {
  ({ stdout: printed } = await kbs(there().h1, "init", "--config", "init.yaml", "--upload-certs"));
  expect(joinWords(/--control-plane/)[0]).toBe(`[${there().h1.ipv6}]:6443`);
  expect(await internalAddresses()).toEqual([bothOf(there().h1)]);
});

test("one more control plane has both addresses, and its member of etcd that of IPv6", async () => {
  await kbs(there().h2, "join", ...joinWords(/--control-plane/), ...own);
  await kubectl("wait node h2 --for=condition=Ready --timeout=110s");
  expect(await internalAddresses()).toEqual([bothOf(there().h1), bothOf(there().h2)]);
  expect(await members()).toEqual([peerOf(there().h1), peerOf(there().h2)].toSorted());
});

test("a reset takes its member out of etcd, and the machine joins again as a worker", async () => {
  await kbs(there().h2, "reset", "--yes");
  expect(await members()).toEqual([peerOf(there().h1)]);
  await kubectl("delete node h2");
  await kbs(there().h2, "join", ...joinWords(/^(?!.*--control-plane)/), ...own);
  await kubectl("wait node h2 --for=condition=Ready --timeout=110s");
  expect(await internalAddresses()).toEqual([bothOf(there().h1), bothOf(there().h2)]);
});
