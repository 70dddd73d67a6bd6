import { randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UserError } from "../shared/errors.ts";
import { type BlobWriter, blobWriter, type StoredFile } from "./blob-writer.ts";
import * as oci from "./oci.ts";
import { tarWriter } from "./tar.ts";

/** An executable for the hosts. They have gzip, but not always zstd. */
export interface BinarySource {
  /** The name of its file on a host, such as kubelet. */
  readonly name: string;
  readonly version: string;
  readonly file: string;
  readonly encoding: oci.Encoding;
  readonly level?: number;
}

export interface ImageConfig {
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  /** Each as NAME=value. */
  readonly env?: readonly string[];
  readonly user?: string;
  readonly workingDir?: string;
}

/** A layer is an uncompressed tar of file system entries; containerd itself decompresses what is stored. */
export interface LayerSource {
  readonly tar: string;
  readonly encoding: oci.Encoding;
  readonly level?: number;
}

export interface ImageSource {
  /** The full name with its tag, such as registry.k8s.io/pause:3.10.2. */
  readonly name: string;
  readonly config: ImageConfig;
  readonly layers: readonly LayerSource[];
}

export interface BundleContents {
  readonly platform: oci.Platform;
  /** With the leading v. */
  readonly kubernetesVersion: string;
  readonly binaries: readonly BinarySource[];
  readonly images: readonly ImageSource[];
}

export interface WrittenBundle {
  /** Of index.json: it names all other content by digest, so this one pins the bundle. */
  readonly digest: oci.Digest;
  /** Of the whole file, in bytes. */
  readonly size: number;
}

const store = async (
  blobs: BlobWriter,
  what: string,
  source: { file: string; encoding: oci.Encoding; level?: number | undefined },
  mediaType: string,
): Promise<StoredFile> => {
  try {
    return await blobs.file(source.file, mediaType, source.encoding, source.level);
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && "path" in cause)) throw cause;
    throw new UserError(`${what} cannot be read: ${cause.message}`, { cause, hint: `make ${source.file} a readable file` });
  }
};

const addBinaries = async (blobs: BlobWriter, binaries: readonly BinarySource[]): Promise<oci.Descriptor> => {
  const layers: oci.Descriptor[] = [];
  for (const binary of binaries) {
    const stored = await store(blobs, `the binary ${binary.name}`, binary, oci.binaryTypes[binary.encoding]);
    const annotations = {
      [oci.annotation.title]: binary.name,
      [oci.annotation.version]: binary.version,
      [oci.annotation.contentDigest]: stored.contentDigest,
      [oci.annotation.contentSize]: String(stored.contentSize),
    };
    layers.push({ ...stored.blob, annotations });
  }
  const config = await blobs.json({}, oci.mediaTypes.empty);
  const artifactType = oci.binariesArtifact;
  const manifest = { schemaVersion: 2, mediaType: oci.mediaTypes.manifest, artifactType, config, layers };
  return { ...(await blobs.json(manifest, oci.mediaTypes.manifest)), artifactType };
};

const imageConfig = ({ entrypoint, cmd, env, user, workingDir }: ImageConfig, platform: oci.Platform, diffIds: readonly oci.Digest[]) => ({
  ...platform,
  config: { Entrypoint: entrypoint, Cmd: cmd, Env: env, User: user, WorkingDir: workingDir },
  rootfs: { type: "layers", diff_ids: diffIds },
});

/** A layer that several images share is encoded once. */
const layerStore = (blobs: BlobWriter) => {
  const known = new Map<string, Promise<StoredFile>>();
  return async ({ tar, encoding, level }: LayerSource): Promise<StoredFile> => {
    const key = JSON.stringify([tar, encoding, level]);
    const stored = known.get(key) ?? store(blobs, "the layer", { file: tar, encoding, level }, oci.layerTypes[encoding]);
    known.set(key, stored);
    return await stored;
  };
};

const addImages = async (blobs: BlobWriter, { images, platform }: BundleContents): Promise<oci.Descriptor[]> => {
  const layerOf = layerStore(blobs);
  const descriptors: oci.Descriptor[] = [];
  for (const image of images) {
    const layers: StoredFile[] = [];
    for (const layer of image.layers) layers.push(await layerOf(layer));
    const diffIds = layers.map(({ contentDigest }) => contentDigest);
    const config = await blobs.json(imageConfig(image.config, platform, diffIds), oci.mediaTypes.config);
    const manifest = { schemaVersion: 2, mediaType: oci.mediaTypes.manifest, config, layers: layers.map(({ blob }) => blob) };
    const annotations = { [oci.annotation.containerdName]: image.name, [oci.annotation.refName]: image.name };
    descriptors.push({ ...(await blobs.json(manifest, oci.mediaTypes.manifest)), platform, annotations });
  }
  return descriptors;
};

const writeLayout = async (file: FileHandle, contents: BundleContents): Promise<WrittenBundle> => {
  const tar = tarWriter(file);
  const blobs = blobWriter(tar);
  const manifests = [await addBinaries(blobs, contents.binaries), ...(await addImages(blobs, contents))];
  const annotations = {
    [oci.annotation.kubernetesVersion]: contents.kubernetesVersion,
    [oci.annotation.platform]: oci.platformName(contents.platform),
  };
  const index = oci.canonicalJson({ schemaVersion: 2, mediaType: oci.mediaTypes.index, manifests, annotations });
  await tar.add(oci.layoutFile.marker, oci.layoutMarker);
  await tar.add(oci.layoutFile.index, index);
  return { digest: oci.digestOf(index), size: await tar.end() };
};

const syncDirectory = async (path: string): Promise<void> => {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
};

/**
 * Writes a bundle: an OCI image layout in one plain tar file. Equal contents in equal order give equal bytes (with the same zlib, that is,
 * the same Node.js). The file is there whole or not at all.
 * @throws UserError when a binary or a layer cannot be read.
 */
export const writeBundle = async (path: string, contents: BundleContents): Promise<WrittenBundle> => {
  const directory = dirname(path);
  const temporary = join(directory, `.${basename(path)}.${randomBytes(4).toString("hex")}.part`);
  try {
    const file = await open(temporary, "wx", 0o644);
    let written: WrittenBundle;
    try {
      written = await writeLayout(file, contents);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncDirectory(directory);
    return written;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
};
