import { hostname } from "node:os";
import type { Host } from "../../changes/host.ts";
import type { ClusterHost, Patch } from "../../config/types.ts";
import { fileContents } from "../../facts/file-contents.ts";
import { readFact } from "../../facts/index.ts";
import { keptPatches } from "../../facts/kept-patches.ts";
import { type KubernetesFact, kubernetes } from "../../facts/kubernetes.ts";
import { type NetworkFact, network } from "../../facts/network.ts";
import { type Owner, ownership } from "../../facts/ownership.ts";
import { remains } from "../../facts/remains.ts";
import { UserError } from "../../shared/errors.ts";
import { pki } from "../../templates/paths.ts";
import type { FleetOptions } from "../options.ts";
import { reach } from "./connect.ts";

/** This machine as a host of a cluster; what is not said of it is that of a host which no configuration names. */
export const thisMachine = (known: Partial<ClusterHost> = {}): ClusterHost => ({
  name: hostname(),
  address: "127.0.0.1",
  internalAddress: "127.0.0.1",
  roles: [],
  labels: {},
  taints: [],
  ssh: { user: "root", port: 22, agent: false, connectTimeout: 0, keepAliveInterval: 0 },
  ...known,
  local: true,
});

/** @throws UserError exit "preflight" when kbs does not run as root: the verb is of a command that works on the machine which it runs on */
export const refuseOrdinaryUser = (isRoot: boolean, verb: string, command: string, does = "changes this machine"): void => {
  if (isRoot) return;
  throw new UserError(`kbs ${verb} ${does}, which only root may do`, { exit: "preflight", hint: `sudo ${command}` });
};

/** What decides whether this machine can become a node, and which. */
export interface Here {
  /** The kernel's name of this machine, in the lower case that a node's name has. */
  readonly name: string;
  readonly network: NetworkFact;
  readonly kubernetes: KubernetesFact;
  /** The cluster of kbs that the machine belongs to. */
  readonly owner: Owner | undefined;
  /** Whether kbs has left anything here. */
  readonly remains: boolean;
  /** Whether the key of the cluster's CA is here, as on every control plane whose CA is not kept elsewhere. */
  readonly hasCaKey: boolean;
  /** kubeadm's patches, where an earlier run was given any. */
  readonly patches?: readonly Patch[] | undefined;
}

const caKey = `${pki}/ca.key`;
/** By its digest: the key itself is not read. */
const files = fileContents([caKey], []);
const questions = [files, network, kubernetes, ownership, remains, keptPatches].map(({ question }) => question);

const ask = async (door: Host, signal: AbortSignal): Promise<Here> => {
  const { records } = await door.send({ kind: "ask", questions }, { signal, timeout: 60_000 });
  const networkFact = readFact(network, questions, records);
  const kubernetesFact = readFact(kubernetes, questions, records);
  return {
    name: hostname().toLowerCase(),
    network: networkFact ?? network.parse("", 1),
    kubernetes: kubernetesFact ?? kubernetes.parse("", 1),
    owner: readFact(ownership, questions, records),
    remains: readFact(remains, questions, records) ?? false,
    hasCaKey: readFact(files, questions, records)?.has(caKey) ?? false,
    patches: readFact(keptPatches, questions, records),
  };
};

/**
 * Looks at this machine before there is a run, whose hosts depend on what is found. Changes nothing.
 * @throws UserError exit "unreachable" when no root shell can be had
 */
export const lookHere = async (options: FleetOptions): Promise<Here> => {
  const { host: door } = await (options.connect ?? reach)(thisMachine(), options);
  try {
    return await ask(door, options.signal);
  } finally {
    await door.close();
  }
};
