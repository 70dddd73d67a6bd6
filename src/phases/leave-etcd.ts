import { createHash } from "node:crypto";
import type { Phase } from "../changes/phase.ts";
import { stateDirectory } from "../changes/sh/base.ts";
import { memberAt } from "../kube/etcd/membership.ts";
import { whyStay } from "../kube/etcd/quorum.ts";
import type { Etcd, EtcdMember } from "../kube/etcd/types.ts";
import { until } from "../kube/until.ts";
import { UserError } from "../shared/errors.ts";
import { quote } from "../shared/quote.ts";
import { sha256 } from "../shared/sha256.ts";
import type { LeaveContext } from "./common/reset-context.ts";

/** Milliseconds until etcd must have let a member go: it wants all voters connected for five seconds, also after the one before. */
const removeWithin = 60_000;
/** Milliseconds for writing a snapshot down. */
const saveWithin = 600_000;

/** Where snapshots are kept, for root alone; they go when the host is given back. */
const snapshotFolder = `${stateDirectory}/snapshots`;

/** etcd ends a snapshot with the SHA-256 of all that is before it (etcdctl snapshot save checks the same). */
const checksumLength = 32;

const isWhole = (snapshot: Buffer): boolean => {
  const [database, checksum] = [snapshot.subarray(0, -checksumLength), snapshot.subarray(-checksumLength)];
  return database.length > 0 && createHash("sha256").update(database).digest().equals(checksum);
};

const takeSnapshot = async (etcd: Etcd, signal: AbortSignal): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  await etcd.snapshot((piece) => void pieces.push(piece), { signal });
  const snapshot = Buffer.concat(pieces);
  if (isWhole(snapshot)) return snapshot;
  throw new UserError("the snapshot of etcd has arrived damaged; nothing was changed", {
    exit: "phase",
    hint: "run the same command again",
  });
};

/** Written beside its place, compared, synced and renamed: what is there is whole. */
const writeScript = (path: string, digest: string): string => `umask 077
mkdir -p ${snapshotFolder} && chmod 700 ${snapshotFolder} && cat >${quote(`${path}~`)} || exit 1
[ "$(sha256sum <${quote(`${path}~`)} | cut -d' ' -f1)" = ${digest} ] || { rm -f ${quote(`${path}~`)}; echo 'it has arrived damaged'; exit 1; }
sync ${quote(`${path}~`)} && mv -f ${quote(`${path}~`)} ${quote(path)} && sync ${snapshotFolder}`;

const nobody: readonly string[] = [];

/** Gives: all that etcd holds, as a file on a host of etcd that stays, before a member leaves. */
export const saveEtcd: Phase<LeaveContext> = {
  id: "save-etcd",
  title: "Take a snapshot of etcd",
  hosts: ({ etcd }) => (etcd ? [etcd.keeper] : nobody),
  act: async ({ etcd, door, ticket }, host, { signal, warn }) => {
    if (!etcd) return { changed: [] };
    const snapshot = await takeSnapshot(etcd.client, signal);
    const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
    const path = `${snapshotFolder}/etcd-${time}-before-${[...etcd.leaving.keys()].join("-")}.db`;
    const script = writeScript(path, sha256(snapshot));
    const { records } = await door(host).send(
      { kind: "run", script, input: snapshot, secret: true, ticket },
      { signal, timeout: saveWithin },
    );
    const [record] = records;
    if (record?.code !== 0) {
      throw new UserError(`the snapshot of etcd could not be written to ${path}; no member was removed`, {
        exit: "phase",
        host,
        output: record?.output.toString() ?? "",
        hint: "mend what is named, then run the same command again",
      });
    }
    warn(`a snapshot of etcd from before is in ${path}, for root alone`);
    return { changed: [`snapshot ${path}`] };
  },
};

const find = (members: readonly EtcdMember[], name: string, peerUrl: string | undefined): EtcdMember | undefined =>
  (peerUrl === undefined ? undefined : memberAt(members, peerUrl)) ?? members.find((member) => member.name === name);

/** Needs: a snapshot, and a drained node. Gives: an etcd without the node's member, which keeps its majority. */
export const removeMember: Phase<LeaveContext> = {
  id: "remove-etcd-member",
  title: "Take members out of etcd",
  hosts: ({ etcd }) => [...(etcd?.leaving.keys() ?? [])],
  needs: [
    { phase: "save-etcd", on: "first" },
    { phase: "drain-node", on: "here" },
  ],
  act: async ({ etcd }, name, { signal, waiting }) => {
    if (!etcd) return { changed: [] };
    const { client, leaving, healthy, inTurn } = etcd;
    const changed: string[] = [];
    const look = async (): Promise<string | undefined> => {
      const members = await client.members({ signal });
      const member = find(members, name, leaving.get(name));
      if (!member) return undefined;
      const why = member.isLearner ? undefined : whyStay(members, [member], await healthy(signal));
      if (why !== undefined) return why;
      await client.remove(member.id, { signal });
      changed.push(`etcd member ${name}`);
      return undefined;
    };
    await inTurn(() => until(`waiting for etcd to let ${name} go`, look, { timeout: removeWithin, every: 1000, signal, onWait: waiting }));
    return { changed };
  },
};
