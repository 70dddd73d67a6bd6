import type { Cluster, ExternalEtcd } from "../config/types.ts";
import { certificatePath, certificates, certificatesWithoutEtcd, isCa, keyPath, pkiDirectory, serviceAccountFiles } from "./table.ts";

/** Where what control planes share is. */
export interface SharedPlaces {
  /** Of certificates; kubeadm's where nothing is said. */
  readonly folder?: string | undefined;
  /** By what clients log in to an etcd that others run; absent where it is the cluster's own. */
  readonly external?: Omit<ExternalEtcd, "endpoints"> | undefined;
}

export const sharedPlaces = ({ etcd, kubernetes }: Pick<Cluster, "etcd" | "kubernetes">): SharedPlaces => ({
  folder: kubernetes.certificatesDir,
  ...(etcd.mode === "external" && { external: etcd.external ?? {} }),
});

/** As kubeadm names the files of an external etcd in the Secret kubeadm-certs. */
const externalNames = { caFile: "external-etcd-ca.crt", certFile: "external-etcd.crt", keyFile: "external-etcd.key" } as const;

/** The files by which clients log in to an external etcd, each with its name in the Secret. */
export const externalFiles = ({ external = {} }: SharedPlaces): ReadonlyMap<string, string> =>
  new Map(
    (["caFile", "certFile", "keyFile"] as const).flatMap((key) => {
      const path = external[key];
      return path === undefined ? [] : [[path, externalNames[key]] as const];
    }),
  );

/**
 * What all control planes of a cluster have in common: the CAs, their keys, and the pair that signs the tokens of service accounts. With an external etcd, in
 * place of its CA, by what clients log in to it.
 */
export const sharedFiles = (places: SharedPlaces = {}): readonly string[] => {
  const { folder = pkiDirectory, external } = places;
  const rows = (external ? certificatesWithoutEtcd : certificates).filter(isCa);
  const made = rows.flatMap((row) => [certificatePath(row, folder), keyPath(row, folder)]);
  return [...made, ...Object.values(serviceAccountFiles(folder)), ...externalFiles(places).keys()];
};

/** As kubeadm names a file in the Secret kubeadm-certs: its path below the folder, on one line. */
export const sharedName = (path: string, places: SharedPlaces = {}): string => {
  const { folder = pkiDirectory } = places;
  return externalFiles(places).get(path) ?? path.slice(folder.length + 1).replaceAll("/", "-");
};
