import { certificatePath, certificates, isLeaf, keyPath, pkiDirectory, serviceAccountFiles } from "./table.ts";

/** What all control planes of a cluster have in common: the CAs, their keys, and the pair that signs the tokens of service accounts. */
export const sharedFiles = (folder = pkiDirectory): readonly string[] => [
  ...certificates.filter((row) => !isLeaf(row)).flatMap((row) => [certificatePath(row, folder), keyPath(row, folder)]),
  ...Object.values(serviceAccountFiles(folder)),
];

/** As kubeadm names a file in the Secret kubeadm-certs: its path below the folder, on one line. */
export const sharedName = (path: string, folder = pkiDirectory): string => path.slice(folder.length + 1).replaceAll("/", "-");
