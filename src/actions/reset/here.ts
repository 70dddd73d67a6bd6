import { randomUUID } from "node:crypto";
import { dirname } from "node:path";
import type { Host } from "../../changes/host.ts";
import type { ClusterHost } from "../../config/types.ts";
import { type PkiFilesFact, pkiFiles, pkiFilesIn, readFact } from "../../facts/index.ts";
import { kubernetes } from "../../facts/kubernetes.ts";
import { ownership } from "../../facts/ownership.ts";
import { remains } from "../../facts/remains.ts";
import { openKubeOn } from "../../kube/from-kubeconfig.ts";
import type { Kube } from "../../kube/types.ts";
import { UserError } from "../../shared/errors.ts";
import { pki } from "../../templates/paths.ts";
import { type Listeners, listeners } from "../certs/listeners.ts";
import { connectFleet } from "../fleet/connect.ts";
import { refuseOrdinaryUser, thisMachine } from "../fleet/here.ts";
import { doorOf, giveBack } from "../give-back.ts";
import { adminConf } from "../kubeconfig/write.ts";
import { lossOf } from "../loss.ts";
import type { ActionOutcome } from "../options.ts";
import { leaveEtcdHere } from "./etcd.ts";
import { nothingToReset, type ResetOptions } from "./reset.ts";

const apiServerManifest = "/etc/kubernetes/manifests/kube-apiserver.yaml";

/** The files by which the machine's own member of etcd is reached, where certificates are in a folder of their own. */
const askElsewhere = async (door: Host, caFile: string | undefined, signal: AbortSignal): Promise<PkiFilesFact> => {
  if (caFile === undefined || dirname(caFile) === `${pki}/etcd`) return new Map();
  const elsewhere = pkiFilesIn(dirname(caFile));
  const { records } = await door.send({ kind: "ask", questions: [elsewhere.question] }, { signal, timeout: 60_000 });
  return readFact(elsewhere, [elsewhere.question], records) ?? new Map();
};

const ask = async (door: Host, signal: AbortSignal) => {
  const questions = [ownership.question, remains.question, kubernetes.question, pkiFiles.question, listeners.question];
  const { records } = await door.send({ kind: "ask", questions }, { signal, timeout: 60_000 });
  const files: PkiFilesFact = readFact(pkiFiles, questions, records) ?? new Map();
  const found = readFact(kubernetes, questions, records);
  return {
    owner: readFact(ownership, questions, records),
    left: readFact(remains, questions, records) ?? false,
    found,
    listening: readFact(listeners, questions, records),
    files: new Map([...files, ...(await askElsewhere(door, found?.etcd?.caFile, signal))]),
    admin: files.get(adminConf)?.content.toString(),
  };
};

const listenerOf = (listening: Listeners | undefined, name: string) => listening?.all.find(({ component }) => component === name);

/** The API server of this machine, where its manifest says that it listens. */
const apiHere = (door: Host, { admin, listening }: Awaited<ReturnType<typeof ask>>, signal: AbortSignal): Kube | undefined => {
  const server = listenerOf(listening, "kube-apiserver");
  if (admin === undefined || server === undefined) return undefined;
  const { address, port } = server;
  return openKubeOn({ door, at: address, port, address, signal }, admin);
};

/** Gives this machine back as it was found, by what kbs wrote down on it: no configuration is needed, and no other host. */
export const resetHere = async (options: ResetOptions & { readonly isRoot: boolean }): Promise<ActionOutcome> => {
  const { bus, signal, command, isRoot } = options;
  refuseOrdinaryUser(isRoot, "reset", command);
  const host = thisMachine();
  const { name } = host;
  const fleet = await connectFleet([host], options);
  try {
    const door = fleet.doors.get(name);
    if (!door) throw fleet.failures.get(name) ?? new Error(`no connection to ${name}`);
    const asked = await ask(door, signal);
    const { owner, left, found, files } = asked;
    if (owner === undefined && !left) {
      bus.emit({ type: "warning", host: name, text: nothingToReset(found) });
      return { exit: "done", changed: 0, next: [] };
    }
    const cluster = { id: owner?.id ?? "", name: owner?.name ?? "" };
    const run = randomUUID();
    bus.emit({ type: "run-started", run, command, cluster: cluster.name, hosts: [name] });
    const hasControlPlane = found?.manifests.includes(apiServerManifest) ?? false;
    await confirmHere(options, {
      name,
      cluster: cluster.name,
      hasControlPlane,
      hasMember: found?.etcd !== undefined,
      kube: apiHere(door, asked, signal),
    });
    const manifest = found?.etcd;
    const member = manifest && { found: files, manifest, listening: listenerOf(asked.listening, "etcd") };
    const leave = member && ((held: AbortSignal) => leaveEtcdHere(door, member, { ...options, signal: held }));
    const roles: ClusterHost["roles"] = hasControlPlane ? ["control-plane"] : ["worker"];
    return await giveBack([{ ...host, roles }], doorOf(fleet), { cluster, run }, options, leave);
  } finally {
    await fleet.close();
  }
};

interface Going {
  readonly name: string;
  readonly cluster: string;
  readonly hasControlPlane: boolean;
  /** etcd runs here. */
  readonly hasMember: boolean;
  readonly kube: Kube | undefined;
}

const confirmHere = async ({ confirm, signal }: ResetOptions, { name, cluster, kube, ...what }: Going): Promise<void> => {
  try {
    const loss = await lossOf(kube, { names: [name], cluster, ...what }, signal);
    const lost = cluster === "" ? "" : ` What the cluster ${cluster} has here is lost.`;
    const sentence = `This gives this machine, ${name}, back as it was before kbs came.${lost}${loss === undefined ? "" : ` ${loss}`}`;
    if (!(await confirm(sentence, name))) throw new UserError("not confirmed; nothing was reset");
  } finally {
    kube?.close();
  }
};
