import { createHash, X509Certificate } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Lab, LabHost } from "../lab/index.ts";
import { type Canon, canonicalText, excludedFiles, excludedUnits, plain } from "./canonical.ts";
import { type AnyObject, canonicalObject, excludedKinds } from "./canonical-objects.ts";
import { processesOf } from "./host-processes.ts";

/** A cluster and its hosts as they are, without what is random: two runs of the same create must have the same. */
export interface ClusterState {
  /** By host and path: what it is, its mode and owner, and what it holds. */
  readonly files: Readonly<Record<string, readonly string[]>>;
  /** By host: the changes that were begun. */
  readonly journal: Readonly<Record<string, readonly string[]>>;
  /** By host: name, digest and whether it is pinned. */
  readonly images: Readonly<Record<string, readonly string[]>>;
  /** By host: the name of each process, and the unit it belongs to. */
  readonly processes: Readonly<Record<string, readonly string[]>>;
  readonly objects: Readonly<Record<string, unknown>>;
  /** Members of etcd, and whether they have a vote. */
  readonly etcd: readonly string[];
}

/** Where a host's own writes are: the upper layer over the base that all hosts share, and /var/lib, which is a folder of its own. */
const layersOf = (host: LabHost): readonly (readonly [string, string])[] => [
  ["", join(dirname(host.rootDirectory), "upper")],
  ["/var/lib", host.varLibDirectory],
];

/** Where a host's file is on this machine. */
const insideOf = (host: LabHost, path: string): string =>
  path.startsWith("/var/lib/") ? join(host.varLibDirectory, path.slice("/var/lib/".length)) : join(host.rootDirectory, path);

const walk = function* (directory: string, at: string): Generator<readonly [string, string]> {
  for (const name of readdirSync(directory)) {
    const [path, file] = [`${at}/${name}`, join(directory, name)];
    if (excludedFiles.some(([pattern]) => pattern.test(path))) continue;
    if (path === "/var/lib" && at !== "") continue;
    yield [path, file];
    if (lstatSync(file).isDirectory()) yield* walk(file, path);
  }
};

/** In bytes. */
const largestText = 200_000;

/** The text of the file that a key's certificate or public half is in. */
const beside = (file: string): string =>
  [".crt", ".pub"]
    .map((ending) => file.replace(/\.key$/, ending))
    .reduce((text, other) => (other !== file && existsSync(other) ? text + readFileSync(other, "utf8") : text), "");

const contentOf = (file: string, canon: Canon): string => {
  const content = readFileSync(file);
  if (content.length > largestText || content.includes(0)) return `sha256 ${createHash("sha256").update(content).digest("hex")}`;
  return canonicalText(content.toString(), canon, beside(file));
};

const describeFile = (file: string, canon: Canon): string => {
  const found = lstatSync(file);
  const owner = `${(found.mode & 0o7777).toString(8)} ${found.uid}:${found.gid}`;
  if (found.isSymbolicLink()) return `link to ${plain(readlinkSync(file), canon)}`;
  if (found.isDirectory()) return `folder ${owner}`;
  if (found.isFile()) return `file ${owner}\n${contentOf(file, canon)}`;
  return found.isCharacterDevice() ? "taken away" : `special file ${owner}`;
};

/**
 * A before-image's folder is named by a number and a digest of its change's id. The number tells the order of first touches, and lists of one
 * host that are independent of each other have none.
 */
const beforeImage = /^\/var\/lib\/kbs\/before\/[^/]+/;

const beforeImageName = /^\w+:before-image of /;

const nameOf = (path: string, host: LabHost, canon: Canon): string => {
  const named = path.replace(beforeImage, (folder) => {
    const id = insideOf(host, `${folder}/id`);
    return existsSync(id) ? `before-image of ${readFileSync(id, "utf8").trim()}` : folder;
  });
  return `${host.name}:${plain(named, canon)}`;
};

/**
 * A name may stand for several files, such as the kubelet's certificates of several seconds. Before-images that say the same count once, as in the
 * journal: a killed run may have begun a certificate in its second, and the next begins its own where there was nothing, either.
 */
const filesOf = (hosts: readonly LabHost[], canon: Canon): Record<string, string[]> => {
  const found: Record<string, string[]> = {};
  const add = (name: string, told: string): void => {
    const files = (found[name] ??= []);
    if (!(beforeImageName.test(name) && files.includes(told))) files.push(told);
  };
  for (const host of hosts)
    for (const [at, directory] of layersOf(host))
      for (const [path, file] of walk(directory, at)) add(nameOf(path, host, canon), describeFile(file, canon));
  return found;
};

/**
 * The changes in lines of "<time> <run> <word> <change>". What a run has made and was killed before it noted it as done is found as wished
 * by the next, which has nothing to note. A line that was cut off is none.
 */
const journalOf = (host: LabHost, canon: Canon): string[] => {
  const lines = readFileSync(insideOf(host, "/var/lib/kbs/journal"), "utf8").matchAll(/^\S+Z \S+ (?:begun|done|left|undone) (.+)$/gm);
  return [...new Set([...lines].map(([, change = ""]) => plain(change, canon)))].toSorted();
};

const answer = async (host: LabHost, script: string): Promise<string> => {
  const { code, stdout, stderr } = await host.run(script, { timeout: 120_000 });
  if (code !== 0) throw new Error(`${host.name}: ${script}\n${stderr}`);
  return stdout;
};

const imagesOf = async (host: LabHost): Promise<string[]> =>
  (await answer(host, "ctr -n k8s.io images ls"))
    .split("\n")
    .slice(1)
    .filter((line) => line !== "")
    .map((line) => `${/^\S+ +\S+ +(?<digest>\S+)/.exec(line)?.[0].replaceAll(/ +/g, " ")} ${/pinned=\w+/.exec(line)?.[0] ?? "not pinned"}`)
    .toSorted();

const kubectl = "kubectl --kubeconfig /etc/kubernetes/admin.conf --cache-dir /tmp/kubectl";

/** Every object of every kind that can be listed. */
const allObjects = async (controlPlane: LabHost): Promise<AnyObject[]> => {
  const script = `kinds=$(${kubectl} api-resources --verbs=list -o name | grep -v -x -e events -e events.events.k8s.io -e componentstatuses | paste -sd,)
    ${kubectl} get -A --show-managed-fields -o json "$kinds"`;
  const { items }: { items: AnyObject[] } = JSON.parse(await answer(controlPlane, script));
  return items;
};

const inOrder = (all: readonly unknown[]): unknown[] =>
  all
    .map((one) => [JSON.stringify(one), one] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, one]) => one);

const byName = (objects: readonly AnyObject[], canon: Canon): Record<string, unknown> => {
  const found: Record<string, unknown[]> = {};
  for (const object of objects.filter(({ kind }) => !(kind in excludedKinds))) {
    const [name, whole] = canonicalObject(object, canon);
    (found[name] ??= []).push(whole);
  }
  // Objects of one name, such as the pods of a set, have no order.
  return Object.fromEntries(Object.entries(found).map(([name, all]) => [name, inOrder(all)]));
};

const authorities = ["/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/pki/etcd/ca.crt", "/etc/kubernetes/pki/front-proxy-ca.crt"];

interface Members {
  readonly members: readonly { readonly name?: string; readonly isLearner?: boolean }[];
}

const etcdMembers = async (host: LabHost): Promise<string[]> => {
  const pki = "/etc/kubernetes/pki/etcd";
  const client = `--cacert ${pki}/ca.crt --cert ${pki}/healthcheck-client.crt --key ${pki}/healthcheck-client.key`;
  const list = await answer(host, `curl -sS -m 20 ${client} https://127.0.0.1:2379/v3/cluster/member/list -d '{"linearizable": true}'`);
  const { members }: Members = JSON.parse(list);
  return members.map(({ name = "not started", isLearner = false }) => `${name} ${isLearner ? "without a vote" : "with a vote"}`).toSorted();
};

/** Looks at everything. The first host is the control plane. */
export const clusterState = async (lab: Lab): Promise<ClusterState> => {
  const [first] = lab.hosts;
  if (!first) throw new Error("the lab has no host");
  const certificates = authorities.map((path) => [path, new X509Certificate(readFileSync(insideOf(first, path)))] as const);
  const canon: Canon = { subnet: lab.subnet, authorities: new Map(certificates) };
  const objects = byName(await allObjects(first), canon);
  const images = await Promise.all(lab.hosts.map(async (host) => [host.name, await imagesOf(host)] as const));
  return {
    files: filesOf(lab.hosts, canon),
    journal: Object.fromEntries(lab.hosts.map((host) => [host.name, journalOf(host, canon)])),
    images: Object.fromEntries(images),
    processes: await processNames(lab),
    objects,
    etcd: await etcdMembers(first),
  };
};

/** What runs for a pod of DNS: which host it is on is for the scheduler to say, and hangs on which node was ready first. */
const ofDnsPod = ["coredns of a container", "pause of a container", "containerd-shim of containerd.service"];

const withoutDns = (names: readonly string[]): string[] => {
  const pods = names.filter((name) => name === ofDnsPod[0]).length;
  const left = new Map(ofDnsPod.map((name) => [name, pods]));
  return names.filter((name) => {
    const count = left.get(name) ?? 0;
    left.set(name, count - 1);
    return count <= 0;
  });
};

const processNamesOf = async (host: LabHost): Promise<string[]> => {
  const found = (await processesOf(host)).filter(({ unit }) => !excludedUnits.includes(unit));
  return found.map(({ name, unit }) => `${name} of ${unit.startsWith("cri-containerd-") ? "a container" : unit}`).toSorted();
};

/** The processes of each host by name, without those that looking from here needs; those of DNS for all hosts together. */
const processNames = async (lab: Lab): Promise<Record<string, string[]>> => {
  const all = await Promise.all(lab.hosts.map(async (host) => [host.name, await processNamesOf(host)] as const));
  const dns = all.flatMap(([, names]) => names.filter((name) => name === ofDnsPod[0]));
  return { ...Object.fromEntries(all.map(([host, names]) => [host, withoutDns(names)])), "any host": dns };
};

/** The nodes and pods that are not ready, by kind and name, and pods of nodes that are gone, which the controller manager takes away a minute later. */
export const notReady = async (lab: Lab): Promise<string[]> => {
  const [first] = lab.hosts;
  if (!first) throw new Error("the lab has no host");
  const { items: objects }: { items: AnyObject[] } = JSON.parse(await answer(first, `${kubectl} get -A -o json nodes,pods`));
  const waits = objects.filter(({ status }) => !status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"));
  const nodes = new Set(objects.filter(({ kind }) => kind === "Node").map(({ metadata }) => metadata.name));
  const orphans = objects.filter(({ spec }) => spec?.nodeName !== undefined && !nodes.has(spec.nodeName));
  return [
    ...[...new Set([...waits, ...orphans])].map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    ...(nodes.size === lab.hosts.length ? [] : [`${nodes.size} nodes of ${lab.hosts.length}`]),
  ];
};
