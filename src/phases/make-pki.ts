import { issuePki } from "../pki/issue.ts";
import { kubeconfigs } from "../pki/table.ts";
import { kubernetesDirectory } from "../templates/paths.ts";
import { pkiNames } from "./common/pki.ts";
import { type ClusterPhase, type Context, firstControlPlane, nothing } from "./context.ts";

/** super-admin.conf is for the first minutes; where an operator has taken it away from an established host, it is not made again. */
const wantedKubeconfigs = (established: boolean) => kubeconfigs.filter(({ name }) => !established || name !== "super-admin.conf");

/** Makes what is missing in memory; nothing is written. */
const settlePki = async (context: Context, host: string): Promise<void> => {
  const found = context.pkiFound.get(host);
  const { certificateValidity } = context.cluster.kubernetes;
  const existing = new Map([...(found ?? [])].map(([path, { content }]) => [path, content]));
  // scheduler.conf is the last file to be written, so super-admin.conf was there once.
  const established = existing.has(`${kubernetesDirectory}/scheduler.conf`) && !existing.has(`${kubernetesDirectory}/super-admin.conf`);
  const files = await issuePki({
    existing,
    names: pkiNames(context, host),
    now: context.now,
    keys: context.keys(),
    lifeMs: { ca: certificateValidity.ca * 1000, leaf: certificateValidity.leaf * 1000 },
    kubeconfigs: wantedKubeconfigs(established),
  });
  context.learned.tell("pki", files);
};

/** Gives: every key, certificate and kubeconfig of the first control plane, in memory: what exists and is good is kept. */
export const makePki: ClusterPhase = {
  id: "make-pki",
  title: "Make keys and certificates",
  hosts: firstControlPlane,
  act: async (context, host) => {
    await settlePki(context, host);
    return nothing;
  },
  // The same: what is new is thrown away afterwards, and shows as changes of those who would write it.
  foresee: async (context, host) => {
    await settlePki(context, host);
    return nothing;
  },
};
