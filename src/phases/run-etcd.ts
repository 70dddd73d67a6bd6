import type { Change } from "../changes/change.ts";
import { memberHosts } from "../config/roles.ts";
import { KubeError } from "../kube/error.ts";
import { callName, memberAt } from "../kube/etcd/membership.ts";
import { healthyMembers } from "../kube/etcd/quorum.ts";
import { until } from "../kube/until.ts";
import { UserError } from "../shared/errors.ts";
import { etcdBinary, etcdUnit } from "../templates/etcd/unit.ts";
import { pki } from "../templates/paths.ts";
import { begunMembers, etcdEndpoints, etcdProblems, firstMember, joiningEtcdHosts, joiningOf, memberOf } from "./common/etcd.ts";
import { pkiChange, pkiOf } from "./common/pki.ts";
import { type ClusterPhase, type Context, etcdHosts, firstControlPlane, hostNamed, nothing } from "./context.ts";

// etcd on hosts of its own: the members are what stacked ones are, and run as services.

/** Gives: etcd's programs. */
export const installEtcd: ClusterPhase = {
  id: "install-etcd",
  title: "Install etcd",
  hosts: etcdHosts,
  needs: [{ phase: "prepare-host", on: "here" }],
  early: true,
  wish: ({ software, provision }, host) => provision(host).binaries.map(({ name, path }) => software(host).binary(name, path)),
};

/** Needs: the PKI in memory. Gives: a member's certificates, by their usual names. */
export const writeEtcdCertificates: ClusterPhase = {
  id: "write-etcd-certificates",
  title: "Write the etcd hosts' certificates",
  hosts: etcdHosts,
  needs: [
    { phase: "make-etcd-pki", on: "here" },
    { phase: "install-etcd", on: "here" },
  ],
  wish: (context, host) => [
    ...["/etc/kubernetes", pki, `${pki}/etcd`].map((path): Change => ({ kind: "directory", path, mode: 0o755 })),
    ...pkiOf(context, host).map((file) => pkiChange(file, context, host)),
  ],
};

/** A member that runs. Certificates are read anew by themselves; its CA is not. */
const running = (context: Context, host: string): readonly Change[] => {
  const { cluster } = context;
  const joining = joiningOf(context, host);
  const unit = etcdUnit({ cluster, node: hostNamed(context, host), ...(joining && { joining }) });
  return [
    { kind: "directory", path: cluster.etcd.dataDir, mode: 0o700, data: true },
    { kind: "file", ...unit },
    { kind: "service", unit: "etcd.service", inputs: [unit.path, etcdBinary, `${pki}/etcd/ca.crt`] },
  ];
};

/** The API servers of a cluster that lives look for what it knows: an empty etcd must not take its place. @throws UserError */
const refuseEmpty = ({ cluster, facts }: Context, host: string): void => {
  if (facts.get(host)?.kubernetes.etcd?.hasData) return;
  const silent = memberHosts(cluster).filter(({ name }) => !facts.has(name));
  const lives = [...facts.values()].some(({ kubernetes }) => kubernetes.etcdServers !== undefined);
  if (!lives) return;
  throw new UserError(`the cluster ${cluster.name} lives, and no etcd host that was reached holds its data: an empty etcd is not begun`, {
    exit: silent.length > 0 ? "unreachable" : "preflight",
    host,
    hint:
      silent.length > 0
        ? `bring ${silent.map(({ name }) => name).join(", ")} back`
        : "restore a snapshot into spec.etcd.dataDir of one of them; or delete the cluster and create it again",
  });
};

/** Needs: certificates. Gives: the first member, which serves. */
export const beginEtcd: ClusterPhase = {
  id: "begin-etcd",
  title: "Start the first etcd host",
  hosts: (context) => etcdHosts(context).filter((name) => name === firstMember(context)),
  needs: [{ phase: "write-etcd-certificates", on: "here" }],
  wish: (context, host) => {
    refuseEmpty(context, host);
    return running(context, host);
  },
};

/** Needs: a place in the list of members. Gives: a member that runs, without a vote. */
export const startEtcdHosts: ClusterPhase = {
  id: "start-etcd-hosts",
  title: "Start the other etcd hosts",
  hosts: joiningEtcdHosts,
  needs: [{ phase: "join-etcd-hosts", on: "here" }],
  wish: running,
};

/** Milliseconds until etcd must be whole, once its members run. */
const wholeWithin = 60_000;

/** Why the members of this run are not what API servers may be told of. */
const problemOf = async (context: Context, signal: AbortSignal): Promise<string | undefined> => {
  const [problem] = await etcdProblems(context, signal);
  if (problem !== undefined) return problem;
  const healthy = await healthyMembers(context.learned.get("etcd"), etcdEndpoints(context), signal);
  return healthy.size > 0 ? undefined : "no member of etcd is healthy";
};

/** Of members that run already, which are not well; of an etcd that is yet to be made nothing is said. */
const unwell = async (context: Context, signal: AbortSignal): Promise<readonly string[]> => {
  const begun = begunMembers(context);
  if (begun.length === 0 || !context.learned.has("etcd")) return [];
  const etcd = context.learned.get("etcd");
  try {
    const members = await etcd.members({ signal, timeout: 5000 });
    const healthy = await healthyMembers(etcd, etcdEndpoints(context), signal);
    const ours = begun.flatMap((host) => memberAt(members, memberOf(host).peerUrl) ?? []);
    return ours.filter(({ id }) => !healthy.has(id)).map((member) => `etcd member ${callName(member)} is not healthy`);
  } catch (error) {
    if (error instanceof KubeError) return [error.message];
    throw error;
  }
};

/**
 * Needs: etcd's members. Gives: an etcd that answers, in which every one of them has its vote: one without it answers no API server, whose list names
 * them all.
 */
export const awaitEtcd: ClusterPhase = {
  id: "await-etcd",
  title: "Wait for etcd",
  hosts: (context) => (context.cluster.etcd.mode === "dedicated" ? firstControlPlane(context) : []),
  needs: [
    { phase: "make-pki", on: "first" },
    { phase: "begin-etcd", on: "everywhere" },
    { phase: "promote-etcd-hosts", on: "everywhere" },
  ],
  act: async (context, _host, { signal, waiting }) => {
    const first = firstMember(context);
    if (context.lost.has(first)) throw new UserError(`${first} was lost, on which etcd begins`, { exit: "phase" });
    const look = (within: AbortSignal): Promise<string | undefined> => problemOf(context, within);
    await until("waiting for etcd to be whole", look, { timeout: wholeWithin, signal, onWait: waiting });
    return nothing;
  },
  foresee: async (context, _host, { signal }) => ({ changes: [], waits: await unwell(context, signal) }),
};
