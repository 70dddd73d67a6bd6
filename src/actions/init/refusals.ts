import type { Cluster } from "../../config/types.ts";
import type { PkiFilesFact } from "../../facts/index.ts";
import { UserError } from "../../shared/errors.ts";
import { kubernetesDirectory, manifestsDirectory } from "../../templates/paths.ts";
import type { Here } from "../fleet/here.ts";

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
  // A file's own words are told by where they stand in it.
  if (hasFile || !owner.networks) return;
  for (const [field, flag] of fixed) {
    const was = owner.networks[field];
    if (kubernetes[field] === was) continue;
    throw new UserError(
      `--${flag} would be ${kubernetes[field] || "none"}, but the cluster of this machine was made with ${was || "none"}`,
      {
        probably: "it is in addresses and certificates all over the cluster, and cannot be changed in a cluster that lives",
        hint: `${was === "" ? `leave --${flag} out, with --network none` : `add --${flag} ${was}`}; or give the machine back by kbs reset and begin anew`,
      },
    );
  }
};

/** A kubelet that has joined something, on a machine that nothing makes a control plane. */
const isWorker = ({ hasKubeletConfig, manifests, kubeconfigs }: Here["kubernetes"]): boolean => {
  const has = (name: string): boolean => kubeconfigs.includes(`${kubernetesDirectory}/${name}.conf`);
  return (
    hasKubeletConfig &&
    (has("kubelet") || has("bootstrap-kubelet")) &&
    !manifests.includes(`${manifestsDirectory}/kube-apiserver.yaml`) &&
    !has("controller-manager")
  );
};

/** @throws UserError exit "preflight" for a worker */
export const refuseWorker = ({ kubernetes, hasCaKey, owner }: Pick<Here, "kubernetes" | "hasCaKey" | "owner">): void => {
  if (hasCaKey || !isWorker(kubernetes)) return;
  throw new UserError(`this machine ${owner ? `has joined the cluster ${owner.name} as a worker` : "is a worker of another tool's"}`, {
    exit: "preflight",
    hint: owner
      ? "kbs reset gives it back as it was before; then kbs init can make it a control plane of its own"
      : "give it back with the tool that made it (kubeadm reset)",
  });
};

/** @throws UserError where control planes cannot share what is not here, as kubeadm does */
export const refuseUploadWithout = (found: PkiFilesFact, folder: string): void => {
  const missing = ["ca", "front-proxy-ca"]
    .map((name) => `${folder}/${name}.key`)
    .filter((key) => found.has(key.replace(/key$/, "crt")) && !found.has(key));
  if (missing.length === 0) return;
  throw new UserError(
    `--upload-certs: ${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} kept elsewhere, and no control plane could join by the rest`,
    {
      exit: "preflight",
      hint: "leave it out: certificates of a further control plane are for whoever has the CA to make",
    },
  );
};

/** @throws UserError exit "preflight" for one more control plane of a cluster: what init publishes is its first one's to say */
export const refuseJoined = ({ kubernetes: { etcd }, owner }: Pick<Here, "kubernetes" | "owner">): void => {
  if (!owner || etcd?.initialState === undefined) return;
  throw new UserError(`this machine has joined the cluster ${owner.name} as one more control plane, and kbs init is for the first`, {
    exit: "preflight",
    hint: "kbs join with the same words brings it to what the cluster says; kbs reset gives it back as it was before",
  });
};
