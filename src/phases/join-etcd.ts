import type { Foresight } from "../changes/phase.ts";
import { KubeError } from "../kube/error.ts";
import { type Candidate, callName, initialCluster, judgeMembership, type Membership, memberAt } from "../kube/etcd/membership.ts";
import type { Etcd, EtcdMember } from "../kube/etcd/types.ts";
import { until } from "../kube/until.ts";
import { UserError } from "../shared/errors.ts";
import { quote } from "../shared/quote.ts";
import { candidateOf, firstMember, hasBegun, joiningControlPlanes, joiningEtcdHosts, joiningMembers, memberOf } from "./common/etcd.ts";
import { type ClusterPhase, type Context, hostNamed, nothing } from "./context.ts";

/** Milliseconds until a host must be a member: its turn comes after those before it, each of which takes some eight seconds. */
const joinWithin = 600_000;
/** Milliseconds for which etcd may call itself unhealthy: it wants all voters connected for five seconds (HealthInterval), also after each one that is new. */
const unhealthyWithin = 40_000;
/** Milliseconds until a member that runs must have caught up: kubeadm's etcdAPICall. */
const promoteWithin = 120_000;
const every = 250;

/** What is on the host now: a member that an earlier run has set up may have started since the hosts were asked. */
const lookAgain = async (context: Context, host: string, candidate: Candidate, signal: AbortSignal): Promise<Candidate> => {
  const script = `[ ! -d ${quote(`${context.cluster.etcd.dataDir}/member`)} ] || echo there`;
  const { records } = await context.door(host).send({ kind: "run", script }, { signal, timeout: 30_000 });
  return { ...candidate, hasData: records[0]?.output.toString().trim() === "there" };
};

const tellMembers = ({ learned }: Context, host: string, list: readonly EtcdMember[], candidate: Candidate): void => {
  const others = learned.has("initialClusters") ? learned.get("initialClusters") : new Map();
  learned.tell("initialClusters", new Map([...others, [host, initialCluster(list, candidate)]]));
};

/** A member that etcd waits for, so that it takes no other: only one may be without a vote (--max-learners). */
const whoseTurn = ({ cluster, lost }: Context, list: readonly EtcdMember[], { peerUrl }: Candidate): string | undefined => {
  const other = list.find((member) => member.isLearner && member.peerUrls[0] !== peerUrl);
  if (!other) return undefined;
  const owner = cluster.hosts.find((host) => memberOf(host).peerUrl === other.peerUrls[0]);
  const name = owner?.name ?? callName(other);
  if (!owner || !lost.has(owner.name)) return `etcd member ${name} has no vote yet, and etcd takes one at a time`;
  throw new UserError(`etcd takes no further member while ${name} has no vote yet, which could not be started`, {
    exit: "phase",
    hint: `mend ${name}, then run the same command again`,
  });
};

interface Joining {
  readonly context: Context;
  readonly host: string;
  readonly etcd: Etcd;
  readonly changed: string[];
  readonly signal: AbortSignal;
}

/** One look, and what it allows. @returns why the host is not a member yet */
const step = async ({ context, host, etcd, changed, signal }: Joining): Promise<string | undefined> => {
  const begun = firstMember(context);
  if (context.lost.has(begun)) throw new UserError(`${begun} was lost, whose etcd is to be joined`, { exit: "phase" });
  const list = await etcd.members({ signal });
  const found = candidateOf(context, host);
  const first = judgeMembership(list, found);
  const candidate = first.is === "lost" || first.is === "refused" ? await lookAgain(context, host, found, signal) : found;
  const verdict = judgeMembership(list, candidate);
  if (verdict.is === "refused") throw new UserError(verdict.why, { exit: "phase", host, hint: verdict.hint });
  if (verdict.is === "member") {
    tellMembers(context, host, list, candidate);
    return undefined;
  }
  if (verdict.is === "lost") {
    await etcd.remove(verdict.member.id, { signal });
    changed.push(`removed the etcd member ${callName(verdict.member)}, whose data are gone`);
    return "the former etcd member was removed";
  }
  const turn = whoseTurn(context, list, candidate);
  if (turn !== undefined) return turn;
  try {
    const joined = await etcd.addLearner(candidate.peerUrl, { signal });
    changed.push(`etcd member ${host}`);
    tellMembers(context, host, joined, candidate);
    return undefined;
  } catch (error) {
    // Another one was quicker, here or on another machine.
    if (error instanceof KubeError && /too many learner|already exist/.test(error.reason)) return error.message;
    throw error;
  }
};

/** An etcd of which a voter is away takes nobody: that is no matter of waiting. */
const notForLong = (host: string): ((reason: string | undefined) => void) => {
  let since: number | undefined;
  return (reason) => {
    since = reason?.includes("unhealthy cluster") ? (since ?? Date.now()) : undefined;
    if (since === undefined || Date.now() - since < unhealthyWithin) return;
    throw new UserError(`etcd does not take ${host} as a member, since one of its voters is away`, {
      exit: "phase",
      host,
      output: reason ?? "",
      hint: "bring all of its hosts back, or take out those that will not come back: kbs delete node NAME --force-unreachable; then run the same command again",
    });
  };
};

/**
 * Needs: a control plane on which all that etcd needs is prepared but the kubelet, since from here on no other one can join. Gives: its place in the list of etcd's
 * members, without a vote until it has caught up. etcd itself lets in one after another, wherever they come from.
 */
export const joinEtcd: ClusterPhase = {
  id: "join-etcd",
  title: "Add the other control planes to etcd",
  hosts: joiningControlPlanes,
  needs: [
    { phase: "make-pki", on: "first" },
    { phase: "write-certificates", on: "first" },
    { phase: "import-api-server-images", on: "first" },
    { phase: "write-certificates", on: "here" },
    { phase: "import-etcd-images", on: "here" },
  ],
  act: async (context, host, { signal, waiting }) => {
    const joining: Joining = { context, host, etcd: context.learned.get("etcd"), changed: [], signal };
    const judge = notForLong(host);
    const look = async (): Promise<string | undefined> => {
      try {
        const reason = await step(joining);
        judge(reason);
        return reason;
      } catch (error) {
        if (error instanceof KubeError && error.transient) judge(error.reason);
        throw error;
      }
    };
    await until(`waiting for etcd to take ${host} as a member`, look, { timeout: joinWithin, every, signal, onWait: waiting });
    return { changed: joining.changed };
  },
  foresee: (context, host, { signal }) =>
    unlessSilent(async () => {
      const list = await listIfThere(context, signal);
      const candidate = candidateOf(context, host);
      const verdict: Membership = list ? judgeMembership(list, candidate) : { is: "absent" };
      if (verdict.is === "refused") throw new UserError(verdict.why, { exit: "phase", host, hint: verdict.hint });
      const asIs = list ?? foreseenMembers(context, host);
      tellMembers(context, host, verdict.is === "absent" ? [...asIs, { ...unstarted, peerUrls: [candidate.peerUrl] }] : asIs, candidate);
      if (verdict.is === "member") return nothing;
      const why = verdict.is === "lost" ? "its data are gone: it is removed, and joins anew" : "it is not a member of etcd yet";
      return { changes: [{ change: `etcd member ${host}`, why }] };
    }),
};

const unstarted: EtcdMember = { id: "0", name: "", peerUrls: [], clientUrls: [], isLearner: true };

/** Undefined where there is no etcd yet that could be asked. @throws KubeError where there is one, which does not answer */
const listIfThere = async (context: Context, signal: AbortSignal): Promise<readonly EtcdMember[] | undefined> => {
  if (!context.learned.has("etcd")) return undefined;
  try {
    return await context.learned.get("etcd").members({ signal, timeout: 5000 });
  } catch (error) {
    if (error instanceof KubeError && !hasBegun(context)) return undefined;
    throw error;
  }
};

/** Who is a member of an etcd that does not answer nobody can say: that it does not is all that is foreseen. */
const unlessSilent = async (look: () => Promise<Foresight>): Promise<Foresight> => {
  try {
    return await look();
  } catch (error) {
    if (error instanceof KubeError) return { changes: [], waits: [error.message] };
    throw error;
  }
};

/** Who will be there when it is a host's turn, where all is yet to be made: those before it in the file, the first one before all. */
const foreseenMembers = (context: Context, host: string): readonly EtcdMember[] =>
  [firstMember(context), ...joiningMembers(context)]
    .slice(0, joiningMembers(context).indexOf(host) + 1)
    .filter((name) => name !== "")
    .map((name) => ({ ...unstarted, name, peerUrls: [memberOf(hostNamed(context.cluster, name)).peerUrl] }));

/** Needs: a member that runs. Gives: its vote, as soon as it has what the others have. */
export const promoteEtcd: ClusterPhase = {
  id: "promote-etcd",
  title: "Give the new etcd members their vote",
  hosts: joiningControlPlanes,
  needs: [{ phase: "start-etcd", on: "here" }],
  act: async (context, host, { signal, waiting }) => {
    const etcd = context.learned.get("etcd");
    const { peerUrl } = candidateOf(context, host);
    let promoted = false;
    const look = async (): Promise<string | undefined> => {
      const member = memberAt(await etcd.members({ signal }), peerUrl);
      if (!member)
        throw new UserError(`${host} is not a member of etcd any more`, { exit: "phase", host, hint: "run the same command again" });
      if (!member.isLearner) return undefined;
      try {
        await etcd.promote(member.id, { signal });
        promoted = true;
        return undefined;
      } catch (error) {
        if (error instanceof KubeError && /in sync with leader|only promote a learner/.test(error.reason)) return error.message;
        throw error;
      }
    };
    await until(`waiting for etcd member ${host} to catch up`, look, { timeout: promoteWithin, every, signal, onWait: waiting });
    return promoted ? { changed: [`vote of etcd member ${host}`] } : nothing;
  },
  foresee: (context, host, { signal }) =>
    unlessSilent(async () => {
      const list = (await listIfThere(context, signal)) ?? [];
      const member = memberAt(list, candidateOf(context, host).peerUrl);
      if (member && !member.isLearner) return nothing;
      return { changes: [{ change: `vote of etcd member ${host}`, why: "it has yet to catch up with the others" }] };
    }),
};

/** Needs: a first member. Gives: a place in its list, as with control planes. */
export const joinEtcdHosts: ClusterPhase = {
  ...joinEtcd,
  id: "join-etcd-hosts",
  title: "Add the other etcd hosts to etcd",
  hosts: joiningEtcdHosts,
  needs: [
    { phase: "write-etcd-certificates", on: "here" },
    { phase: "begin-etcd", on: "everywhere" },
  ],
};

/** Needs: a member that runs. Gives: its vote. */
export const promoteEtcdHosts: ClusterPhase = {
  ...promoteEtcd,
  id: "promote-etcd-hosts",
  title: "Give the other etcd hosts their vote",
  hosts: joiningEtcdHosts,
  needs: [{ phase: "start-etcd-hosts", on: "here" }],
};
