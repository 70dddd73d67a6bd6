import type { Cluster } from "../config/types.ts";
import { UserError } from "../shared/errors.ts";
import { pki } from "../templates/paths.ts";
import type { Here } from "./here.ts";
import type { Survey } from "./survey.ts";

/** @throws UserError exit "preflight" when kbs does not run as root: it changes the machine that it runs on */
export const refuseUnprivileged = (isRoot: boolean, command: string): void => {
  if (isRoot) return;
  throw new UserError("kbs init changes this machine, which only root may do", { exit: "preflight", hint: `sudo ${command}` });
};

/** What a flag of kbs init is called in a file. */
const fixed = [
  ["podSubnet", "pod-network-cidr"],
  ["serviceSubnet", "service-cidr"],
  ["dnsDomain", "service-dns-domain"],
] as const;

/** @throws UserError exit "preflight" when this machine belongs to another cluster of kbs; "usage" for what cannot be changed in its own */
export const refuseOther = ({ owner }: Pick<Here, "owner">, { name, kubernetes }: Cluster, hasFile: boolean): void => {
  if (!owner) return;
  if (owner.name !== name) {
    throw new UserError(`this machine belongs to the cluster ${owner.name} already, which kbs has made`, {
      exit: "preflight",
      hint: "kbs reset gives the machine back as it was before; what the cluster has here is lost then",
    });
  }
  // A file's own words are told by the survey.
  if (hasFile || !owner.networks) return;
  for (const [field, flag] of fixed) {
    const was = owner.networks[field];
    if (kubernetes[field] === was) continue;
    throw new UserError(`--${flag} would be ${kubernetes[field]}, but the cluster of this machine was made with ${was}`, {
      probably: "it is in addresses and certificates all over the cluster, and cannot be changed in a cluster that lives",
      hint: `add --${flag} ${was}; or give the machine back by kbs reset and begin anew`,
    });
  }
};

/** @throws UserError exit "preflight" for a machine that has the CA's certificate without its key: a worker, or one whose CA is kept elsewhere */
export const refuseWorker = ({ pkiFound, isNew }: Pick<Survey, "pkiFound" | "isNew">, name: string): void => {
  const files = pkiFound.get(name);
  if (!files?.has(`${pki}/ca.crt`) || files.has(`${pki}/ca.key`)) return;
  throw isNew
    ? new UserError(`${pki}/ca.crt is there without ca.key: a CA that is kept elsewhere is not supported yet`, {
        exit: "preflight",
        hint: "put the key beside it, or remove both",
      })
    : new UserError("this machine has joined a cluster as a worker", {
        exit: "preflight",
        hint: "kbs reset gives it back as it was before; then kbs init can make it a control plane of its own",
      });
};
