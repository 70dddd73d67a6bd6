import type { EtcdMember } from "./types.ts";

/** A host that is to run a member. */
export interface Candidate {
  readonly name: string;
  readonly peerUrl: string;
  /** Whether its data folder holds a member's data. */
  readonly hasData: boolean;
}

/** What etcd's list says of a host. */
export type Membership =
  /** Nothing; it may be added. */
  | { readonly is: "absent" }
  /** A member, whose process may have started or not. */
  | { readonly is: "member"; readonly member: EtcdMember }
  /** A member that once ran, and whose data are gone: with them it has forgotten how it voted, so it must never start again. */
  | { readonly is: "lost"; readonly member: EtcdMember }
  /** What only a person can put right. */
  | { readonly is: "refused"; readonly why: string; readonly hint: string };

/** The member that is reached by a peer URL. kubeadm looks at the first one, too. */
export const memberAt = (members: readonly EtcdMember[], peerUrl: string): EtcdMember | undefined =>
  members.find(({ peerUrls: [first] }) => first === peerUrl);

/** How etcd itself names members in its logs: the id in hexadecimal. */
export const hexId = ({ id }: Pick<EtcdMember, "id">): string => BigInt(id).toString(16);

/** As it is called, or while it has not started and so has no name, its id: what kubeadm writes into `--initial-cluster`. */
export const callName = (member: EtcdMember): string => member.name || hexId(member);

const namesake = (members: readonly EtcdMember[], { name, peerUrl }: Candidate): EtcdMember | undefined =>
  members.find((member) => member.name === name && member.peerUrls[0] !== peerUrl);

/** Judges a host against the list of members, whatever a run that was cut off has left. */
export const judgeMembership = (members: readonly EtcdMember[], candidate: Candidate): Membership => {
  const { name, peerUrl, hasData } = candidate;
  const member = memberAt(members, peerUrl);
  const other = namesake(members, candidate);
  if (other) {
    const why = `etcd has a member ${name} at ${other.peerUrls[0] ?? "another address"}, not at ${peerUrl}`;
    return { is: "refused", why, hint: `give the host its former address, or take it out first: kbs delete node ${name}` };
  }
  if (!member) {
    if (!hasData) return { is: "absent" };
    const why = `${name} holds the data of an etcd member that its cluster does not know any more`;
    return { is: "refused", why, hint: `give the host back first, which removes them: kbs delete node ${name}` };
  }
  if (member.name === "" || (member.name === name && hasData)) return { is: "member", member };
  if (!hasData) return { is: "lost", member };
  const why = `etcd knows the member at ${peerUrl} as ${member.name}, and its data are on ${name}`;
  return { is: "refused", why, hint: `name the host ${member.name} in the file, as it was` };
};

/** What `--initial-cluster` of a member that joins has to say: exactly those who are members then, by name and peer URL, in the list's order. */
export const initialCluster = (members: readonly EtcdMember[], { name, peerUrl }: Pick<Candidate, "name" | "peerUrl">) =>
  members.map((member) => {
    const [first = ""] = member.peerUrls;
    return { name: first === peerUrl ? name : callName(member), peerUrl: first };
  });

/** Why a cluster is not as it should be, a sentence each: every control plane is to have a vote, and nobody is to be without one. */
export const membershipProblems = (
  members: readonly EtcdMember[],
  wished: readonly Pick<Candidate, "name" | "peerUrl">[],
): readonly string[] => [
  ...wished.flatMap(({ name, peerUrl }) => {
    const member = memberAt(members, peerUrl);
    return member === undefined || member.name === "" ? [`etcd member ${name} has not joined`] : [];
  }),
  ...members.filter(({ isLearner }) => isLearner).map((member) => `etcd member ${callName(member)} has no vote yet`),
];
