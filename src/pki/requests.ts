import type { KeyObject } from "node:crypto";
import { toYaml } from "../templates/yaml.ts";
import { type KeySupply, privateKeyPem } from "./keys.ts";
import { clusterEndpoint, type PkiNames } from "./names.ts";
import { signRequest } from "./request.ts";
import * as table from "./table.ts";

/** A file for a CA that is kept elsewhere: a key, a request, or a kubeconfig that waits for its certificate. All are for their owner alone. */
export interface RequestFile {
  /** kubeadm's name of what it is for. */
  readonly name: string;
  /** Which of the two folders it goes to. */
  readonly folder: "certificates" | "kubeconfigs";
  /** Below that folder. */
  readonly path: string;
  readonly content: string;
}

const leafFiles = (row: table.LeafRow, names: PkiNames, key: KeyObject): readonly RequestFile[] => {
  const subject = { commonName: table.textFor(row.commonName, names), organization: row.organization, sans: row.sans?.(names) };
  const file = { name: row.name, folder: "certificates" } as const;
  return [
    { ...file, path: `${row.base}.key`, content: privateKeyPem(key) },
    { ...file, path: `${row.base}.csr`, content: signRequest(subject, key) },
  ];
};

/** With the key of its user and neither certificate nor CA: whoever has them signed puts them in. */
const partialKubeconfig = (names: PkiNames, user: string, key: KeyObject): string => {
  const { clusterName } = names;
  const context = `${user}@${clusterName}`;
  return toYaml({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: clusterName, cluster: { server: clusterEndpoint(names) } }],
    users: [{ name: user, user: { "client-key-data": Buffer.from(privateKeyPem(key)).toString("base64") } }],
    contexts: [{ name: context, context: { cluster: clusterName, user } }],
    "current-context": context,
  });
};

const kubeconfigFiles = (row: table.KubeconfigRow, names: PkiNames, key: KeyObject): readonly RequestFile[] => {
  const user = table.textFor(row.user, names);
  const file = { name: row.name, folder: "kubeconfigs" } as const;
  return [
    { ...file, path: row.name, content: partialKubeconfig(names, user, key) },
    { ...file, path: `${row.name}.csr`, content: signRequest({ commonName: user, organization: row.organization }, key) },
  ];
};

/** Where the files of {@link makeRequests} will be, before a key is made. */
export const requestPaths: readonly Pick<RequestFile, "folder" | "path">[] = [
  ...table.certificates
    .filter(table.isLeaf)
    .flatMap(({ base }) => [
      { folder: "certificates", path: `${base}.key` } as const,
      { folder: "certificates", path: `${base}.csr` } as const,
    ]),
  ...table.kubeconfigs.flatMap(({ name }) => [
    { folder: "kubeconfigs", path: name } as const,
    { folder: "kubeconfigs", path: `${name}.csr` } as const,
  ]),
];

/** Keys and signing requests for every certificate of a control plane that no CA is, as `kubeadm certs generate-csr` makes them. */
export const makeRequests = async (names: PkiNames, keys: KeySupply): Promise<readonly RequestFile[]> => {
  const files: RequestFile[] = [];
  for (const row of table.certificates.filter(table.isLeaf)) files.push(...leafFiles(row, names, await keys.take()));
  for (const row of table.kubeconfigs) files.push(...kubeconfigFiles(row, names, await keys.take()));
  return files;
};
