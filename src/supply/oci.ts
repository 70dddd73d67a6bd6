import { isMap } from "../shared/is-map.ts";
import { sha256 } from "../shared/sha256.ts";

// Names and shapes of the OCI image specification 1.1 (image-layout.md, manifest.md, config.md), as far as kbs uses them.

/** Digests of other algorithms exist in the specification; nobody uses them, and kbs refuses them. */
export type Digest = `sha256:${string}`;

/** Content that is known by its digest. Size in bytes. */
export interface BlobRef {
  readonly digest: Digest;
  readonly size: number;
  readonly mediaType: string;
}

/** What a content is for: Go's names, such as linux and arm64. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
}

export type Annotations = Readonly<Record<string, string>>;

export interface Descriptor extends BlobRef {
  readonly artifactType?: string;
  readonly platform?: Platform;
  readonly annotations?: Annotations;
}

export interface Manifest {
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface Index {
  readonly manifests: readonly Descriptor[];
  readonly annotations?: Annotations;
}

export const mediaTypes = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  empty: "application/vnd.oci.empty.v1+json",
  /** Docker's names for the same things: images that others saved often carry them. */
  dockerIndex: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
} as const;

/** How the bytes of a blob stand for its content. */
export type Encoding = "raw" | "gzip" | "zstd";

export const layerTypes: Readonly<Record<Encoding, string>> = {
  raw: "application/vnd.oci.image.layer.v1.tar",
  gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
};

export const binaryTypes: Readonly<Record<Encoding, string>> = {
  raw: "application/octet-stream",
  gzip: "application/gzip",
  zstd: "application/zstd",
};

/** The artifact manifest whose layers are the binaries of a bundle. */
export const binariesArtifact = "application/vnd.kbs.binaries.v1+json";

export const annotation = {
  /** What containerd calls an image that it imports. */
  containerdName: "io.containerd.image.name",
  refName: "org.opencontainers.image.ref.name",
  title: "org.opencontainers.image.title",
  version: "org.opencontainers.image.version",
  contentDigest: "kbs.content.digest",
  contentSize: "kbs.content.size",
  kubernetesVersion: "kbs.kubernetes.version",
  platform: "kbs.platform",
} as const;

/** The two files of a layout beside its blobs. */
export const layoutFile = { marker: "oci-layout", index: "index.json" } as const;

export const digestOf = (bytes: Uint8Array): Digest => `sha256:${sha256(bytes)}`;

/** Where a layout keeps a blob. */
export const blobPath = (digest: string): string => `blobs/sha256/${digest.slice("sha256:".length)}`;

export const platformName = ({ os, architecture }: Platform): string => `${os}/${architecture}`;

const sorted = (_key: string, value: unknown): unknown =>
  isMap(value) ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) : value;

/** JSON whose bytes depend on the value alone: keys in order of their UTF-16 units, no blanks. */
export const canonicalJson = (value: unknown): Buffer => Buffer.from(JSON.stringify(value, sorted));

/** The content of the file oci-layout. */
export const layoutMarker = canonicalJson({ imageLayoutVersion: "1.0.0" });
