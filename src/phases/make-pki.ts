import type { ActTools } from "../changes/phase.ts";
import { openEtcd } from "../kube/etcd/client.ts";
import { healthCheckFiles } from "../pki/etcd-credentials.ts";
import { issuePki, type PkiFile } from "../pki/issue.ts";
import type { KeySupply } from "../pki/keys.ts";
import { type CertificateRow, type KubeconfigRow, kubeconfigs, memberCertificates, memberKubeconfigs } from "../pki/table.ts";
import { keysOf } from "../shared/objects.ts";
import { certificatesOf, kubernetesDirectory, manifestsDirectory, pki } from "../templates/paths.ts";
import { etcdEndpoints, runsMembers } from "./common/etcd.ts";
import { certificateRows, pkiFileAt, pkiNames, stages } from "./common/pki.ts";
import { overwriteStrange, sharedFiles } from "./common/shared-pki.ts";
import { type ClusterPhase, type Context, etcdHosts, firstControlPlane, nothing, otherControlPlanes } from "./context.ts";

interface Issue {
  readonly host: string;
  /** What all control planes have in common, as it must be here. */
  readonly shared: ReadonlyMap<string, Buffer>;
  readonly keys: KeySupply;
  /** Absent: those of a control plane. */
  readonly certificates?: readonly CertificateRow[];
  readonly kubeconfigs: readonly KubeconfigRow[];
  /** Absent: only once they have ended. */
  readonly renewWithinMs?: number;
  /** Of these, which are made, by kubeadm's names of phases. Absent: those that the run makes. */
  readonly makes?: (part: string) => boolean;
  readonly warn?: (text: string) => void;
}

const issueFor = async (context: Context, { host, shared, ...wish }: Issue): Promise<readonly PkiFile[]> => {
  const found = new Map([...(context.pkiFound.get(host) ?? [])].map(([path, { content }]) => [path, content]));
  const { certificateValidity } = context.cluster.kubernetes;
  const files = await issuePki({
    existing: new Map([...found, ...shared]),
    names: pkiNames(context, host),
    now: context.now,
    lifeMs: { ca: certificateValidity.ca * 1000, leaf: certificateValidity.leaf * 1000 },
    folder: certificatesOf(context.cluster),
    certificates: certificateRows(context.cluster),
    ...(context.parts && { makes: context.parts }),
    ...wish,
  });
  return files.map((file) => overwriteStrange(file, found.get(file.path)));
};

/** Whether the cluster lives here and its super-admin.conf is gone: its controllers were set up, and the kubelet has got its certificate. */
const isEstablished = ({ facts, joined, pkiFound }: Context, host: string): boolean =>
  joined.has(host) &&
  facts.get(host)?.kubernetes.manifests.includes(`${manifestsDirectory}/kube-controller-manager.yaml`) === true &&
  pkiFound.get(host)?.has(`${kubernetesDirectory}/super-admin.conf`) !== true;

/** super-admin.conf is for the first minutes; where an operator has taken it away from an established host, it is not made again. */
const kubeconfigsFor = (context: Context, host: string): readonly KubeconfigRow[] =>
  kubeconfigs.filter(({ name }) => name !== "super-admin.conf" || !isEstablished(context, host));

/** Whether nothing of the set is there yet: the keys of a whole new one take a while. */
const isNew = ({ pkiFound }: Context, host: string, shared: ReadonlyMap<string, Buffer>): boolean =>
  shared.size === 0 && (pkiFound.get(host)?.size ?? 0) === 0;

type Stage = keyof typeof stages;

/** What earlier stages have made, or found good: it stays, with the reason for which it was made. */
const madeBefore = ({ learned }: Context): ReadonlyMap<string, PkiFile> => {
  const told = keysOf(stages).flatMap((stage) => (learned.has(stage) ? learned.get(stage) : []));
  return new Map(told.map((file) => [file.path, file]));
};

const settle = async (context: Context, host: string, wish: Pick<Issue, "keys" | "makes" | "warn">): Promise<readonly PkiFile[]> => {
  const before = madeBefore(context);
  const shared = new Map([...sharedFiles(context, host), ...[...before].map(([path, { content }]) => [path, content] as const)]);
  const files = await issueFor(context, { host, shared, kubeconfigs: kubeconfigsFor(context, host), ...wish });
  return files.map((file) => before.get(file.path) ?? file);
};

/** Of a new set what a stage makes; one that is there is judged whole by the first, so that all that is wrong with it is told at once. */
const settleStage = async (context: Context, host: string, stage: Stage): Promise<void> => {
  const { learned, parts = () => true } = context;
  const keys: KeySupply = { ...context.keys(), stop: () => undefined };
  if (isNew(context, host, sharedFiles(context, host)))
    return learned.tell(stage, await settle(context, host, { keys, makes: (part) => stages[stage].has(part) && parts(part) }));
  const judged = [...madeBefore(context).values()];
  learned.tell(stage, judged.length > 0 ? judged : await settle(context, host, { keys, makes: parts }));
};

/** The whole set. */
const settlePki = async (context: Context, host: string, warn: (text: string) => void): Promise<void> => {
  context.learned.tell("pki", await settle(context, host, { keys: context.keys(), warn }));
  if (runsMembers(context)) context.learned.tell("etcd", openOwnEtcd(context));
};

/** By the certificate that etcd's own probes have with kubeadm, too. */
const openOwnEtcd = (context: Context) => {
  const credentials = healthCheckFiles(`${certificatesOf(context.cluster)}/etcd`, (path) => pkiFileAt(context, path).content);
  return openEtcd({ endpoints: etcdEndpoints(context), ...credentials });
};

type Settled = Required<Pick<ClusterPhase, "act" | "foresee">>;

/** What is made in memory alone is made for a look, too: what is new is thrown away afterwards, and shows as changes of those who would write it. */
const inMemory = (make: (context: Context, host: string, warn: (text: string) => void) => Promise<void>): Settled => {
  const act = async (context: Context, host: string, { warn }: Pick<ActTools, "warn">) => {
    await make(context, host, warn);
    return nothing;
  };
  return { act, foresee: act };
};

/** Gives: in memory, what the kubelet of the first control plane starts with. */
export const makeKubeletPki: ClusterPhase = {
  id: "make-kubelet-pki",
  title: "Make the first keys and certificates",
  hosts: firstControlPlane,
  ...inMemory((context, host) => settleStage(context, host, "kubeletPki")),
};

/** Gives: in memory, what the first etcd starts with. */
export const makeFirstEtcdPki: ClusterPhase = {
  id: "make-first-etcd-pki",
  title: "Make etcd's first keys and certificates",
  hosts: firstControlPlane,
  needs: [{ phase: "make-kubelet-pki", on: "first" }],
  ...inMemory((context, host) => settleStage(context, host, "firstEtcdPki")),
};

/** Gives: every key, certificate and kubeconfig of the first control plane, in memory: what exists and is good is kept. */
export const makePki: ClusterPhase = {
  id: "make-pki",
  title: "Make keys and certificates",
  hosts: firstControlPlane,
  needs: [{ phase: "make-first-etcd-pki", on: "first" }],
  ...inMemory(settlePki),
};

const tellMember = ({ learned }: Context, host: string, files: readonly PkiFile[]): void => {
  const others = learned.has("memberPki") ? learned.get("memberPki") : new Map<string, readonly PkiFile[]>();
  learned.tell("memberPki", new Map([...others, [host, files]]));
};

const settleMemberPki = async (context: Context, host: string, warn: (text: string) => void): Promise<void> => {
  const shared = sharedFiles(context, host);
  tellMember(context, host, await issueFor(context, { host, shared, keys: context.memberKeys(), kubeconfigs: memberKubeconfigs, warn }));
};

/** Needs: the first control plane's PKI. Gives: that of each other one, in memory: the same CAs, and certificates of its own. */
export const makeMemberPki: ClusterPhase = {
  id: "make-member-pki",
  title: "Make the other control planes' certificates",
  hosts: otherControlPlanes,
  needs: [{ phase: "make-pki", on: "first" }],
  ...inMemory(settleMemberPki),
};

/** Milliseconds before its end at which a member's certificate is made anew: `kbs certs` works on control planes alone. */
const renewWithin = 30 * 24 * 60 * 60 * 1000;

/** What a host has that runs etcd alone: the CA's key stays on the control planes. */
const settleEtcdPki = async (context: Context, host: string): Promise<void> => {
  const files = await issueFor(context, {
    host,
    shared: sharedFiles(context, host),
    keys: context.memberKeys(),
    // Never so early that what was just made would be made again.
    renewWithinMs: Math.min(renewWithin, (context.cluster.kubernetes.certificateValidity.leaf * 1000) / 2),
    certificates: memberCertificates,
    kubeconfigs: [],
  });
  const own = files.filter(({ path }) => path.startsWith(`${pki}/etcd/`) && path !== `${pki}/etcd/ca.key`);
  tellMember(context, host, own);
};

/** Needs: the first control plane's PKI. Gives: that of each etcd host, in memory: certificates of a member by etcd's CA. */
export const makeEtcdPki: ClusterPhase = {
  id: "make-etcd-pki",
  title: "Make the etcd hosts' certificates",
  hosts: etcdHosts,
  needs: [{ phase: "make-pki", on: "first" }],
  ...inMemory(settleEtcdPki),
};
