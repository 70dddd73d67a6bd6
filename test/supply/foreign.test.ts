import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openBundle } from "../../src/supply/bundle.ts";
import { canonicalJson, type Descriptor, digestOf, mediaTypes } from "../../src/supply/oci.ts";
import { scratch, sh, writeLayout } from "./make.ts";

// Layouts as other tools make them.

const annotations = { "kbs.kubernetes.version": "v1.36.3", "kbs.platform": "linux/arm64" };

const blobOf = (value: unknown, mediaType: string, more: Partial<Descriptor> = {}) => {
  const bytes = canonicalJson(value);
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length, ...more } satisfies Descriptor };
};

const image = (architecture: string, saysPlatform = true) => {
  const platform = { os: "linux", architecture };
  const config = blobOf({ ...platform, rootfs: { type: "layers", diff_ids: [] } }, mediaTypes.config);
  const manifest = blobOf(
    { schemaVersion: 2, config: config.descriptor, layers: [] },
    mediaTypes.dockerManifest,
    saysPlatform ? { platform } : {},
  );
  return { blobs: [config.bytes, manifest.bytes], descriptor: manifest.descriptor };
};

const openLayoutWith = async (manifests: readonly unknown[], blobs: readonly Uint8Array[], about: unknown = annotations) => {
  const path = join(scratch(), "layout.tar");
  await writeLayout(path, blobs, { schemaVersion: 2, manifests, annotations: about });
  const bundle = await openBundle(path);
  await bundle.close();
  return bundle;
};

describe("an image that is given as an index", () => {
  test("is taken for the bundle's platform, however deep it lies", async () => {
    const [amd64, arm64] = [image("amd64"), image("arm64")];
    const inner = blobOf({ schemaVersion: 2, manifests: [amd64.descriptor, arm64.descriptor] }, mediaTypes.dockerIndex);
    const outer = blobOf({ schemaVersion: 2, manifests: [inner.descriptor] }, mediaTypes.index);
    const named = { ...outer.descriptor, annotations: { "org.opencontainers.image.ref.name": "example.com/app:1" } };
    const bundle = await openLayoutWith([named], [...amd64.blobs, ...arm64.blobs, inner.bytes, outer.bytes]);
    expect(bundle.images.get("example.com/app:1")?.manifest).toEqual({
      digest: arm64.descriptor.digest,
      size: arm64.descriptor.size,
      mediaType: mediaTypes.dockerManifest,
    });
  });

  test("is left out when it has nothing for the platform", async () => {
    const amd64 = image("amd64");
    const index = blobOf({ schemaVersion: 2, manifests: [amd64.descriptor] }, mediaTypes.index);
    const named = { ...index.descriptor, annotations: { "io.containerd.image.name": "example.com/app:1" } };
    const bundle = await openLayoutWith([named], [...amd64.blobs, index.bytes]);
    expect([...bundle.images.keys()]).toEqual([]);
  });

  test("is refused when indexes lie within indexes without an end in sight", async () => {
    let inner = blobOf({ manifests: [] }, mediaTypes.index);
    const blobs = [inner.bytes];
    for (let depth = 0; depth < 6; depth += 1) {
      inner = blobOf({ manifests: [inner.descriptor] }, mediaTypes.index);
      blobs.push(inner.bytes);
    }
    await expect(openLayoutWith([inner.descriptor], blobs)).rejects.toThrow("lies too deep");
  });
});

test("an image whose configuration is for another platform than the bundle is refused", async () => {
  const amd64 = image("amd64", false);
  const named = { ...amd64.descriptor, annotations: { "io.containerd.image.name": "example.com/app:1" } };
  await expect(openLayoutWith([named], amd64.blobs)).rejects.toThrow(
    "example.com/app:1 is made for linux/amd64, the bundle for linux/arm64",
  );
});

const openWithBinary = async (about: Record<string, string>) => {
  const content = blobOf("x", "application/gzip", { annotations: about });
  const config = blobOf({}, mediaTypes.empty);
  const manifest = blobOf({ config: config.descriptor, layers: [content.descriptor] }, mediaTypes.manifest, {
    artifactType: "application/vnd.kbs.binaries.v1+json",
  });
  return await openLayoutWith([manifest.descriptor], [content.bytes, config.bytes, manifest.bytes]);
};

describe("what is no bundle gets a sentence", () => {
  const descriptor = { mediaType: mediaTypes.manifest, digest: digestOf(Buffer.from("x")), size: 1 };
  test.each([
    ["a layout of another tool", [], {}, "is an OCI image layout, but no bundle of kbs"],
    ["a platform that is none", [], { ...annotations, "kbs.platform": "linux" }, '"linux" is no platform'],
    ["an annotation that is no text", [], { ...annotations, a: 1 }, 'index.json.annotations["a"]: a text is expected here'],
    ["a digest of another kind", [{ ...descriptor, digest: "sha512:00" }], annotations, 'index.json.manifests[0].digest: "sha256:" and 64'],
    ["a digest that leaves the layout", [{ ...descriptor, digest: "sha256:../../x" }], annotations, "manifests[0].digest"],
    ["a size that is none", [{ ...descriptor, size: -1 }], annotations, "manifests[0].size: a number of bytes is expected here"],
    ["a manifest that is a text", ["x"], annotations, "manifests[0]: a JSON object is expected here"],
    ["manifests that are no list", "x", annotations, "index.json.manifests: a list is expected here"],
  ])("%s", async (_what, manifests, about, sentence) => {
    const path = join(scratch(), "layout.tar");
    await writeLayout(path, [], { schemaVersion: 2, manifests, annotations: about });
    await expect(openBundle(path)).rejects.toMatchObject({ name: "UserError", message: expect.stringContaining(sentence) });
  });

  test("an image with a media type that nobody knows", async () => {
    const odd = blobOf({}, "application/x-odd", { annotations: { "io.containerd.image.name": "a:1" } });
    await expect(openLayoutWith([odd.descriptor], [odd.bytes])).rejects.toThrow("unknown media type application/x-odd");
  });

  test.each([
    ["a tar without a layout", "printf x >f; tar -cf b.tar f", "it holds no oci-layout"],
    [
      "a layout of the future",
      `printf '{"imageLayoutVersion":"2.0.0"}' >oci-layout; tar -cf b.tar oci-layout`,
      "1.0.0 is expected here, not 2.0.0",
    ],
    [
      "a layout without an index",
      `printf '{"imageLayoutVersion":"1.0.0"}' >oci-layout; tar -cf b.tar oci-layout`,
      "it holds no index.json",
    ],
    ["a marker that is no JSON", "printf x >oci-layout; tar -cf b.tar oci-layout", "oci-layout is not JSON"],
    ["a marker that is far too large", "head -c 5000000 /dev/zero >oci-layout; tar -cf b.tar oci-layout", "too many for what it is"],
    ["a directory", "mkdir b.tar", "b.tar is not a file"],
    ["nothing", ":", "b.tar cannot be read: ENOENT"],
  ])("%s", async (_what, script, sentence) => {
    const directory = scratch();
    sh(script, directory);
    const opening = openBundle(join(directory, "b.tar"));
    await expect(opening).rejects.toMatchObject({ name: "UserError", message: expect.stringContaining(sentence) });
    await expect(opening).rejects.toHaveProperty("details.hint");
  });

  test("a binary without its name or its digest", async () => {
    const title = { "org.opencontainers.image.title": "kubelet" };
    const digest = { "kbs.content.digest": digestOf(Buffer.from("x")) };
    await expect(openWithBinary({})).rejects.toThrow("has no org.opencontainers.image.title");
    await expect(openWithBinary(title)).rejects.toThrow("the binary kubelet: kbs.content.digest");
    await expect(openWithBinary({ ...title, ...digest, "kbs.content.size": "many" })).rejects.toThrow(
      "the binary kubelet: kbs.content.size",
    );
    expect((await openWithBinary({ ...title, ...digest, "kbs.content.size": "3" })).binaries.get("kubelet")?.contentSize).toBe(3);
  });
});

test("an unpacked layout is not taken for a bundle", async () => {
  const directory = scratch();
  writeFileSync(join(directory, "oci-layout"), "{}");
  await expect(openBundle(directory)).rejects.toThrow("is not a file");
});
