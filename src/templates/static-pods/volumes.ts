import type { Cluster, ComponentExtras } from "../../config/types.ts";
import { certificatesOf } from "../paths.ts";
import { extraCaDirectories } from "./input.ts";

/** A path of the host that the container sees, under the same path unless another one is said. */
export interface HostPath {
  readonly name: string;
  readonly path: string;
  /** Empty: whatever is there. */
  readonly type: string;
  readonly readOnly: boolean;
  readonly mountPath?: string;
}

const readOnlyDirectory = (name: string, path: string): HostPath => ({ name, path, type: "DirectoryOrCreate", readOnly: true });
export const writableDirectory = (name: string, path: string): HostPath => ({ name, path, type: "DirectoryOrCreate", readOnly: false });
export const readOnlyFile = (name: string, path: string): HostPath => ({ name, path, type: "FileOrCreate", readOnly: true });

export const byName = <Named extends { readonly name: string }>(items: readonly Named[]): readonly Named[] =>
  items.toSorted((a, b) => (a.name < b.name ? -1 : 1));

/** A component's own volumes and those that were asked for, of which one takes the place of its namesake. */
export const withExtraVolumes = (volumes: readonly HostPath[], { extraVolumes = [] }: ComponentExtras): readonly HostPath[] => {
  if (extraVolumes.length === 0) return volumes;
  const extra = extraVolumes.map(({ hostPath, pathType, ...volume }): HostPath => ({ ...volume, path: hostPath, type: pathType }));
  const names = new Set(extra.map(({ name }) => name));
  return byName([...volumes.filter(({ name }) => !names.has(name)), ...extra]);
};

const systemCertificates = "/etc/ssl/certs";
const nameOf = (path: string): string => path.slice(1).replaceAll("/", "-");

/** What API server and controller manager both see: the cluster's certificates and the host's authorities. */
export const certificateVolumes = (cluster: Pick<Cluster, "kubernetes">, caDirectories: readonly string[]): readonly HostPath[] => [
  readOnlyDirectory("k8s-certs", certificatesOf(cluster)),
  readOnlyDirectory("ca-certs", systemCertificates),
  ...extraCaDirectories.filter((path) => caDirectories.includes(path)).map((path) => readOnlyDirectory(nameOf(path), path)),
];

const within = (path: string, directory: string): boolean => path === directory || path.startsWith(`${directory}/`);

/** Directories of an external etcd's certificates, unless another volume shows them; a parent swallows its children. */
export const externalEtcdVolumes = (cluster: Pick<Cluster, "etcd" | "kubernetes">): readonly HostPath[] => {
  const { caFile, certFile, keyFile } = cluster.etcd.external ?? {};
  const visible = [certificatesOf(cluster), systemCertificates, ...extraCaDirectories];
  const directories = [caFile, certFile, keyFile]
    .flatMap((path) => (path === undefined ? [] : [path.replace(/\/[^/]*$/, "") || "/"]))
    .filter((path) => !visible.some((shown) => within(path, shown)));
  const roots = [...new Set(directories)].filter((path) => !directories.some((other) => other !== path && within(path, other)));
  return roots.toSorted().map((path, index) => readOnlyDirectory(`etcd-certs-${index}`, path));
};
