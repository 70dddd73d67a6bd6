import type { BlobRef, ImageWish } from "../changes/change.ts";
import { UserError } from "../shared/errors.ts";
import { type Layout, manifestFor, openLayout } from "./layout.ts";
import { bundleMaker } from "./maker.ts";
import * as oci from "./oci.ts";
import { parseDigest, parseManifest, parsePlatform, parseSize } from "./oci-parse.ts";

export interface BundledBinary {
  readonly name: string;
  readonly version: string;
  readonly blob: oci.BlobRef;
  readonly encoding: oci.Encoding;
  /** Of the executable itself. */
  readonly contentDigest: oci.Digest;
  readonly contentSize: number;
}

export interface BundledImage {
  /** Full name with tag. */
  readonly name: string;
  readonly manifest: oci.BlobRef;
  readonly config: oci.BlobRef;
  readonly layers: readonly oci.BlobRef[];
  /** Everything below the manifest: config and layers. */
  readonly blobs: readonly oci.BlobRef[];
}

export interface Bundle extends Pick<Layout, "path" | "digest" | "holds" | "read" | "verify" | "close"> {
  readonly platform: oci.Platform;
  /** With the leading v. */
  readonly kubernetesVersion: string;
  readonly binaries: ReadonlyMap<string, BundledBinary>;
  readonly images: ReadonlyMap<string, BundledImage>;
}

/** What a host needs to build a tar that containerd imports: small files as they are, and blobs at their places. */
export interface ImportLayout {
  readonly files: readonly { readonly path: string; readonly content: Buffer }[];
  readonly blobs: readonly { readonly path: string; readonly blob: BlobRef }[];
}

const damaged = (path: string, what: string): UserError =>
  new UserError(`${path}: ${what}`, { hint: `make it again with ${bundleMaker()}, or take it again from where it came from` });

const isManifest = ({ mediaType }: oci.Descriptor): boolean =>
  mediaType === oci.mediaTypes.manifest || mediaType === oci.mediaTypes.dockerManifest;

const readManifest = async (layout: Layout, descriptor: oci.Descriptor, what: string): Promise<oci.Manifest> => {
  const named = `the manifest of ${what}`;
  if (!isManifest(descriptor)) throw damaged(layout.path, `${named} has the unknown media type ${descriptor.mediaType}`);
  const manifest = parseManifest(await layout.json(descriptor, named), `${layout.path}: ${named}`);
  for (const blob of [manifest.config, ...manifest.layers]) layout.expect(blob);
  return manifest;
};

const blobRef = ({ digest, size, mediaType }: oci.Descriptor): oci.BlobRef => ({ digest, size, mediaType });

const encodings: ReadonlyMap<string, oci.Encoding> = new Map([
  [oci.binaryTypes.raw, "raw"],
  [oci.binaryTypes.gzip, "gzip"],
  [oci.binaryTypes.zstd, "zstd"],
]);

const parseBinary = (descriptor: oci.Descriptor, path: string): BundledBinary => {
  const { annotations = {} } = descriptor;
  const name = annotations[oci.annotation.title];
  if (name === undefined) throw damaged(path, `the binary ${descriptor.digest} has no ${oci.annotation.title}`);
  const where = `${path}: the binary ${name}`;
  const encoding = encodings.get(descriptor.mediaType);
  if (!encoding) throw damaged(path, `the binary ${name} has the unknown media type ${descriptor.mediaType}`);
  return {
    name,
    version: annotations[oci.annotation.version] ?? "",
    blob: blobRef(descriptor),
    encoding,
    contentDigest: parseDigest(annotations[oci.annotation.contentDigest], `${where}: ${oci.annotation.contentDigest}`),
    contentSize: parseSize(Number(annotations[oci.annotation.contentSize]), `${where}: ${oci.annotation.contentSize}`),
  };
};

const readImage = async (layout: Layout, name: string, descriptor: oci.Descriptor, platform: oci.Platform): Promise<BundledImage> => {
  const { config, layers } = await readManifest(layout, descriptor, name);
  const what = `the configuration of ${name}`;
  const made = parsePlatform(await layout.json(config, what), `${layout.path}: ${what}`);
  if (oci.platformName(made) !== oci.platformName(platform))
    throw damaged(layout.path, `${name} is made for ${oci.platformName(made)}, the bundle for ${oci.platformName(platform)}`);
  const below = [config, ...layers].map(blobRef);
  return { name, manifest: blobRef(descriptor), config: blobRef(config), layers: layers.map(blobRef), blobs: below };
};

const imageName = ({ annotations = {} }: oci.Descriptor): string | undefined =>
  annotations[oci.annotation.containerdName] ?? annotations[oci.annotation.refName];

const readContents = async (layout: Layout, platform: oci.Platform): Promise<Pick<Bundle, "binaries" | "images">> => {
  const binaries = new Map<string, BundledBinary>();
  const images = new Map<string, BundledImage>();
  for (const entry of layout.index.manifests) {
    const descriptor = await manifestFor(layout, entry, platform);
    const name = imageName(entry);
    if (entry.artifactType === oci.binariesArtifact) {
      const { layers } = await readManifest(layout, entry, "the binaries");
      for (const binary of layers.map((layer) => parseBinary(layer, layout.path))) binaries.set(binary.name, binary);
    } else if (descriptor && name !== undefined) images.set(name, await readImage(layout, name, descriptor, platform));
  }
  return { binaries, images };
};

const parsePlatformName = (name: string, path: string): oci.Platform => {
  const [os, architecture, ...rest] = name.split("/");
  if (!os || !architecture || rest.length > 0) throw damaged(path, `"${name}" is no platform, such as linux/amd64`);
  return { os, architecture };
};

const readBundle = async (layout: Layout): Promise<Bundle> => {
  const { path, digest, holds, read, verify, close } = layout;
  const { [oci.annotation.kubernetesVersion]: version, [oci.annotation.platform]: named } = layout.index.annotations ?? {};
  if (version === undefined || named === undefined)
    throw new UserError(
      `${path} is an OCI image layout, but no bundle of kbs: its index does not say for which Kubernetes and platform it is`,
      { hint: `make a bundle with ${bundleMaker()}` },
    );
  const platform = parsePlatformName(named, path);
  return { path, digest, platform, kubernetesVersion: version, ...(await readContents(layout, platform)), holds, read, verify, close };
};

/**
 * Opens a bundle and reads its tables: manifests are verified here, the other blobs by `verify`, which must come before anything is sent.
 * @throws UserError when the file is no bundle, is damaged, or lacks a blob that it names.
 */
export const openBundle = async (path: string): Promise<Bundle> => {
  const layout = await openLayout(path);
  try {
    return await readBundle(layout);
  } catch (error) {
    await layout.close();
    throw error;
  }
};

/** A layout of just these images, for an import on a host. Blobs that they share are listed once. */
export const layoutFor = (images: readonly ImageWish[]): ImportLayout => {
  const manifests = images.map(({ name, manifest }) => ({ ...manifest, annotations: { [oci.annotation.containerdName]: name } }));
  const index = oci.canonicalJson({ schemaVersion: 2, mediaType: oci.mediaTypes.index, manifests });
  const blobs = new Map(images.flatMap(({ manifest, blobs: below }) => [manifest, ...below]).map((blob) => [blob.digest, blob]));
  return {
    files: [
      { path: oci.layoutFile.marker, content: oci.layoutMarker },
      { path: oci.layoutFile.index, content: index },
    ],
    blobs: [...blobs].map(([digest, blob]) => ({ path: oci.blobPath(digest), blob })),
  };
};
