import type { Cluster } from "../../config/types.ts";
import type { HostFacts, PkiFilesFact } from "../../facts/index.ts";
import { UserError } from "../../shared/errors.ts";
import { certificatesOf } from "../../templates/paths.ts";

interface Known {
  readonly facts: ReadonlyMap<string, Pick<HostFacts, "kubernetes" | "ownership">>;
  readonly pkiFound: ReadonlyMap<string, PkiFilesFact>;
}

/** Something of a control plane, as it is wished and as it is. */
interface Place {
  readonly what: string;
  readonly wished: string | number;
  readonly is: string | number | undefined;
  /** What another one would do. */
  readonly probably: string;
  /** How it is written. */
  readonly written: string;
}

const placesOf = (cluster: Cluster, { etcd, clientCaFile = "", apiServerPort }: HostFacts["kubernetes"], pki: PkiFilesFact | undefined) => {
  const folder = certificatesOf(cluster);
  // Where somebody has named another CA for clients, it says nothing of the rest.
  const other = pki?.has(`${folder}/ca.crt`) ? undefined : /^(.+)\/ca\.crt$/.exec(clientCaFile)?.[1];
  return [
    {
      what: "etcd's data",
      wished: cluster.etcd.dataDir,
      is: etcd?.hasData ? etcd.dataDir : undefined,
      probably: "a member that starts in another folder knows nothing of the cluster, and would begin an empty one",
      written:
        "spec.etcd.dataDir, or etcd.local.dataDir in kubeadm's file; to have them on another disk, stop etcd, move them, and mount the disk there",
    },
    {
      what: "certificates",
      wished: folder,
      is: other,
      probably: "in another folder there is no CA, and a new one would be trusted by no node",
      written: "--cert-dir, or certificatesDir in kubeadm's file",
    },
    {
      what: "the API server's port",
      wished: cluster.kubernetes.apiServer.bindPort,
      is: apiServerPort,
      probably: "every node reaches the API there, and would be cut off",
      written: "spec.kubernetes.apiServer.bindPort, or --apiserver-bind-port",
    },
  ] satisfies readonly Place[];
};

/**
 * A living cluster keeps the folders and the port that it was made with: nothing of it follows by itself.
 * @throws UserError exit "usage"
 */
export const refuseOtherPlaces = (cluster: Cluster, { facts, pkiFound }: Known): void => {
  for (const [host, { kubernetes, ownership }] of facts) {
    if (ownership?.name !== cluster.name) continue;
    const other = placesOf(cluster, kubernetes, pkiFound.get(host)).find(({ wished, is }) => is !== undefined && is !== wished);
    if (other === undefined) continue;
    const { what, wished, is, probably, written } = other;
    throw new UserError(`${cluster.source}: ${what} would be ${wished}, but ${is} in the cluster ${cluster.name} (${host} says)`, {
      probably,
      hint: `write ${is} (${written})`,
    });
  }
};
