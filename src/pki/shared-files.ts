import { certificatePath, certificates, isLeaf, keyPath, pkiDirectory, serviceAccountFiles } from "./table.ts";

/** What all control planes of a cluster have in common: the CAs, their keys, and the pair that signs the tokens of service accounts. */
export const sharedFiles: readonly string[] = [
  ...certificates.filter((row) => !isLeaf(row)).flatMap((row) => [certificatePath(row), keyPath(row)]),
  serviceAccountFiles.key,
  serviceAccountFiles.pub,
];

/** As kubeadm names a file in the Secret kubeadm-certs: its path below the folder, on one line. */
export const sharedName = (path: string): string => path.slice(pkiDirectory.length + 1).replaceAll("/", "-");
