import type { Host } from "../../changes/host.ts";
import { fileContents } from "../../facts/file-contents.ts";
import { readFact } from "../../facts/index.ts";
import { openChanges } from "../../facts/journal.ts";
import { kubeletIdentity } from "../../facts/kubelet-identity.ts";
import { bootstrapConf } from "../../phases/join-workers.ts";
import { caHash } from "../../pki/certificate.ts";
import { certificatesIn } from "../../pki/pem.ts";
import { UserError } from "../../shared/errors.ts";
import { kubernetesDirectory, pki } from "../../templates/paths.ts";
import { reach } from "../fleet/connect.ts";
import { type Here, lookHere, thisMachine } from "../fleet/here.ts";
import { adminConf } from "../kubeconfig/write.ts";
import type { FleetOptions } from "../options.ts";

/** This machine, as far as it matters to a join. */
export interface Machine extends Here {
  /** The CA of the cluster whose node it is, or was to become, PEM. */
  readonly ca: string | undefined;
  /** The administrator's kubeconfig, as on every control plane. A secret. */
  readonly admin: string | undefined;
  /** Its kubelet has a client certificate. */
  readonly isNode: boolean;
  /** Nothing of a join is left to do. */
  readonly isSettled: boolean;
}

const apiServerManifest = "/etc/kubernetes/manifests/kube-apiserver.yaml";
const caFile = `${pki}/ca.crt`;
const files = fileContents([], [caFile, adminConf]);
const questions = [files.question, kubeletIdentity.question, openChanges.question];

const ask = async (door: Host, signal: AbortSignal) => {
  const { records } = await door.send({ kind: "ask", questions }, { signal, timeout: 60_000 });
  const found = readFact(files, questions, records);
  return {
    ca: found?.get(caFile)?.content,
    admin: found?.get(adminConf)?.content,
    isNode: readFact(kubeletIdentity, questions, records) ?? false,
    isOpen: (readFact(openChanges, questions, records) ?? []).length > 0,
  };
};

/** Looks at this machine; changes nothing. @throws UserError exit "unreachable" when no root shell can be had */
export const lookAtMachine = async (options: FleetOptions): Promise<Machine> => {
  const here = await lookHere(options);
  const { host: door } = await (options.connect ?? reach)(thisMachine(), options);
  try {
    const { ca, admin, isNode, isOpen } = await ask(door, options.signal);
    const isSettled = isNode && !isOpen && !here.kubernetes.kubeconfigs.includes(bootstrapConf);
    return { ...here, ca, admin, isNode, isSettled };
  } finally {
    await door.close();
  }
};

/** @throws UserError exit "preflight" for a control plane that is to be a worker, and a worker that is to be a control plane */
export const refuseOtherRole = (
  { kubernetes, isNode, hasCaKey }: Pick<Machine, "kubernetes" | "isNode" | "hasCaKey">,
  isControlPlane: boolean,
): void => {
  const [exit, hint] = ["preflight", "give it back first: kbs reset, or kubeadm reset where kubeadm made it"] as const;
  if (!isControlPlane && kubernetes.manifests.includes(apiServerManifest))
    throw new UserError("this machine is a control plane, which cannot become a worker as well", { exit, hint });
  // A control plane has its keys and kubeconfigs before its kubelet has its certificate.
  const isOne = hasCaKey || kubernetes.kubeconfigs.includes(`${kubernetesDirectory}/controller-manager.conf`);
  if (isControlPlane && isNode && !isOne)
    throw new UserError("this machine is a worker of a cluster already, which cannot become a control plane as it is", { exit, hint });
};

/** Of each certificate of a CA's file. */
export const caHashes = (ca: string): readonly string[] => certificatesIn(ca).map((certificate) => caHash(certificate.toString()));

/** Whether the machine's CA is one that was named; undefined where that cannot be known: it has none, or none was named. */
export const isNamed = ({ ca }: Pick<Machine, "ca">, pins: readonly string[]): boolean | undefined =>
  ca === undefined || pins.length === 0 ? undefined : caHashes(ca).some((hash) => pins.includes(hash));

const elsewhere = ({ owner }: Pick<Machine, "owner">): UserError =>
  new UserError(`this machine belongs to ${owner ? `the cluster ${owner.name}` : "another cluster"} already`, {
    exit: "preflight",
    hint: `${owner ? "kbs reset gives it back as it was before" : "give it back with the tool that joined it, such as kubeadm reset"}; what that cluster has here is lost then`,
  });

/** @throws UserError exit "preflight" for a machine whose CA is none of those that were named */
export const refuseUnnamed = (machine: Machine, pins: readonly string[]): void => {
  if (isNamed(machine, pins) === false && (machine.isNode || machine.owner)) throw elsewhere(machine);
};

/** By which a machine remembers a cluster that has no id of kbs: made of its CA's hash, so that every join of it has the same. */
export const idOfCa = (ca: string): string => {
  const hex = (caHashes(ca)[0] ?? "").replace("sha256:", "");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
};

/**
 * The id under which the machine's journal knows the cluster: that which it has, else one that is made of the CA.
 * @throws UserError exit "preflight" when the machine belongs to another cluster
 */
export const membershipOf = (machine: Machine, ca: string): { readonly id: string; readonly name?: string } => {
  const id = idOfCa(ca);
  const { owner } = machine;
  const same = machine.ca === undefined ? owner?.id === id : caHashes(machine.ca).some((hash) => caHashes(ca).includes(hash));
  if (!same && (owner || machine.isNode)) throw elsewhere(machine);
  return owner ? { id: owner.id, name: owner.name } : { id };
};
