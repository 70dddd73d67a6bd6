import { UserError } from "../shared/errors.ts";
import { isMap } from "../shared/is-map.ts";
import type { Annotations, Descriptor, Digest, Index, Manifest, Platform } from "./oci.ts";

// Layouts come from anywhere, so each field is looked at before it is believed. `where` says whose field it is.

type Fields = Readonly<Record<string, unknown>>;

const wrong = (where: string, what: string): UserError =>
  new UserError(`${where}: ${what}`, { hint: "build the bundle again, or take it again from where it came from" });

const fields = (value: unknown, where: string): Fields => {
  if (!isMap(value)) throw wrong(where, "a JSON object is expected here");
  return value;
};

const string = (value: unknown, where: string): string => {
  if (typeof value !== "string") throw wrong(where, "a text is expected here");
  return value;
};

const list = <T>(value: unknown, where: string, item: (value: unknown, where: string) => T): T[] => {
  if (!Array.isArray(value)) throw wrong(where, "a list is expected here");
  return value.map((each, at) => item(each, `${where}[${at}]`));
};

const isDigest = (value: unknown): value is Digest => typeof value === "string" && /^sha256:[0-9a-f]{64}$/.test(value);

/** @throws UserError for anything but a SHA-256 digest as OCI writes it. */
export const parseDigest = (value: unknown, where: string): Digest => {
  if (!isDigest(value)) throw wrong(where, `"sha256:" and 64 hexadecimal digits are expected here, not ${JSON.stringify(value)}`);
  return value;
};

/** @throws UserError for anything but a whole number of bytes. */
export const parseSize = (value: unknown, where: string): number => {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw wrong(where, "a number of bytes is expected here");
  return value;
};

const parseAnnotations = (value: unknown, where: string): Annotations =>
  Object.fromEntries(Object.entries(fields(value, where)).map(([key, text]) => [key, string(text, `${where}["${key}"]`)]));

/** Reads os and architecture of a descriptor's platform, or of an image configuration. */
export const parsePlatform = (value: unknown, where: string): Platform => {
  const { os, architecture } = fields(value, where);
  return { os: string(os, `${where}.os`), architecture: string(architecture, `${where}.architecture`) };
};

const parseDescriptor = (value: unknown, where: string): Descriptor => {
  const { mediaType, digest, size, artifactType, platform, annotations } = fields(value, where);
  return {
    mediaType: string(mediaType, `${where}.mediaType`),
    digest: parseDigest(digest, `${where}.digest`),
    size: parseSize(size, `${where}.size`),
    ...(artifactType === undefined ? {} : { artifactType: string(artifactType, `${where}.artifactType`) }),
    ...(platform === undefined ? {} : { platform: parsePlatform(platform, `${where}.platform`) }),
    ...(annotations === undefined ? {} : { annotations: parseAnnotations(annotations, `${where}.annotations`) }),
  };
};

export const parseIndex = (value: unknown, where: string): Index => {
  const { manifests, annotations } = fields(value, where);
  return {
    manifests: list(manifests, `${where}.manifests`, parseDescriptor),
    ...(annotations === undefined ? {} : { annotations: parseAnnotations(annotations, `${where}.annotations`) }),
  };
};

export const parseManifest = (value: unknown, where: string): Manifest => {
  const { config, layers, artifactType } = fields(value, where);
  return {
    config: parseDescriptor(config, `${where}.config`),
    layers: list(layers, `${where}.layers`, parseDescriptor),
    ...(artifactType === undefined ? {} : { artifactType: string(artifactType, `${where}.artifactType`) }),
  };
};

/** @throws UserError for a wrong oci-layout file. */
export const checkLayoutMarker = (value: unknown, where: string): void => {
  const version = string(fields(value, where)["imageLayoutVersion"], `${where}.imageLayoutVersion`);
  if (version !== "1.0.0") throw wrong(`${where}.imageLayoutVersion`, `1.0.0 is expected here, not ${version}`);
};
