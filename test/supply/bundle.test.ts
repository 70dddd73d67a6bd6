import { createHash } from "node:crypto";
import { copyFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { layoutFor, openBundle } from "../../src/supply/bundle.ts";
import { selectBinaries, selectImages } from "../../src/supply/select.ts";
import { indexTar } from "../../src/supply/tar-index.ts";
import { writeBundle } from "../../src/supply/write-bundle.ts";
import { sampleContents, scratch, sh } from "./make.ts";

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

const opened = async (path: string) => {
  const bundle = await openBundle(path);
  onTestFinished(async () => await bundle.close());
  return bundle;
};

const sample = async () => {
  const directory = scratch();
  const contents = sampleContents(directory);
  const path = join(directory, "bundle.tar");
  return { directory, contents, path, written: await writeBundle(path, contents) };
};

/** Changes one byte in the middle of a blob. */
const damage = async (path: string, digest: string): Promise<void> => {
  const file = await open(path, "r+");
  const entry = (await indexTar(file, path)).get(`blobs/sha256/${digest.slice(7)}`);
  if (!entry) throw new Error(`no ${digest}`);
  const at = entry.offset + Math.floor(entry.size / 2);
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ 1;
  await file.write(byte, 0, 1, at);
  await file.close();
};

const tables = (bundle: Awaited<ReturnType<typeof openBundle>>) => {
  const [kubelet] = selectBinaries(bundle, ["kubelet"]);
  const [etcd, pause] = selectImages(bundle, ["registry.k8s.io/etcd:3.6.8-0", "registry.k8s.io/pause:3.10.2"]);
  if (!kubelet || !etcd || !pause) throw new Error("the sample is incomplete");
  return { kubelet, etcd, pause };
};

describe("a written bundle", () => {
  test("is a tar whose blobs have the digests that name them", async () => {
    const { directory, path, written } = await sample();
    expect(readFileSync(path).length).toBe(written.size);
    sh("mkdir x && tar -C x -xf bundle.tar", directory);
    const blobs = readdirSync(join(directory, "x/blobs/sha256"));
    const sums = sh("cd x/blobs/sha256 && sha256sum *", directory).trim().split("\n");
    expect(sums).toEqual(blobs.toSorted().map((name) => `${name}  ${name}`));
    // Empty config, binaries' manifest, 2 binaries, 2 shared layers, 2 configs, 2 manifests.
    expect(blobs).toHaveLength(10);
    expect(sh("tar -tf bundle.tar | wc -l", directory).trim()).toBe("12");
    expect(sha256(readFileSync(join(directory, "x/index.json")))).toBe(written.digest);
    expect(readFileSync(join(directory, "x/oci-layout"), "utf8")).toBe('{"imageLayoutVersion":"1.0.0"}');
  });

  test("has the same bytes when it is written again, and says nothing about the day", async () => {
    const { directory, contents, path, written } = await sample();
    const again = join(directory, "again.tar");
    sh("touch -d 2001-01-01 kubelet base.tar", directory);
    expect(await writeBundle(again, contents)).toEqual(written);
    expect(readFileSync(again).equals(readFileSync(path))).toBe(true);
    expect(sh("tar --utc --full-time -tvf bundle.tar | awk '{print $4}' | sort -u", directory).trim()).toBe("1970-01-01");
  });

  test("is not there at all when a source is missing, and neither is a temporary file", async () => {
    const directory = scratch();
    const contents = sampleContents(directory);
    sh("rm runc", directory);
    const path = join(directory, "bundle.tar");
    await expect(writeBundle(path, contents)).rejects.toThrow(/the binary runc cannot be read: ENOENT/);
    expect(readdirSync(directory).filter((name) => name.includes("bundle"))).toEqual([]);
  });
});

describe("an opened bundle", () => {
  test("tells what it is for and what it holds", async () => {
    const { path, written, directory } = await sample();
    const bundle = await opened(path);
    expect(bundle).toMatchObject({
      digest: written.digest,
      kubernetesVersion: "v1.36.3",
      platform: { os: "linux", architecture: "amd64" },
    });
    const { kubelet, etcd, pause } = tables(bundle);
    const content = readFileSync(join(directory, "kubelet"));
    expect(kubelet).toMatchObject({ version: "v1.36.3", encoding: "gzip", contentDigest: sha256(content), contentSize: content.length });
    expect(bundle.binaries.get("runc")).toMatchObject({ encoding: "raw", contentSize: 300_000, blob: { size: 300_000 } });
    expect(etcd.layers).toHaveLength(2);
    expect(etcd.layers[0]).toEqual(pause.layers[0]);
    expect(etcd.blobs).toEqual([etcd.config, ...etcd.layers]);
  });

  test("gives the bytes that went in", async () => {
    const { path, directory } = await sample();
    const bundle = await opened(path);
    const { kubelet, etcd } = tables(bundle);
    expect(gunzipSync(await buffer(bundle.read(kubelet.blob)))).toEqual(readFileSync(join(directory, "kubelet")));
    await bundle.verify([kubelet.blob, etcd.manifest, ...etcd.blobs]);
    const [base, top] = etcd.layers;
    if (!base || !top) throw new Error("no layers");
    writeFileSync(join(directory, "base.zst"), await buffer(bundle.read(base)));
    writeFileSync(join(directory, "top.gz"), await buffer(bundle.read(top)));
    sh("zstd -dc base.zst | cmp - base.tar && gzip -dc top.gz | cmp - top.tar", directory);
  });

  test("names the content of layers in the image's configuration by their uncompressed digest", async () => {
    const { path, directory } = await sample();
    const bundle = await opened(path);
    const config: unknown = JSON.parse((await buffer(bundle.read(tables(bundle).etcd.config))).toString());
    expect(config).toEqual({
      os: "linux",
      architecture: "amd64",
      config: { Entrypoint: ["/runc"], Env: ["A=b"] },
      rootfs: { type: "layers", diff_ids: ["base.tar", "top.tar"].map((name) => sha256(readFileSync(join(directory, name)))) },
    });
  });

  test("reads on from where an earlier attempt stopped", async () => {
    const { path, directory } = await sample();
    const bundle = await opened(path);
    const [runc] = selectBinaries(bundle, ["runc"]);
    if (!runc) throw new Error("no runc");
    const whole = readFileSync(join(directory, "runc"));
    expect(await buffer(bundle.read(runc.blob, 299_990))).toEqual(whole.subarray(299_990));
    expect(await buffer(bundle.read(runc.blob, 300_000))).toHaveLength(0);
    expect(() => bundle.read(runc.blob, 300_001)).toThrow(RangeError);
  });

  test("names what it lacks, all of it", async () => {
    const { path } = await sample();
    const bundle = await opened(path);
    expect(() => selectImages(bundle, ["registry.k8s.io/pause:3.10.2", "a:1", "b:2"])).toThrow(/lacks the images a:1, b:2$/);
    expect(() => selectBinaries(bundle, ["ctr"])).toThrow(/lacks the executables ctr$/);
  });
});

describe("damage", () => {
  test("in a layer is found before it is sent, and the file and the blob are named", async () => {
    const { path } = await sample();
    const whole = await opened(path);
    const layer = tables(whole).etcd.layers[1];
    if (!layer) throw new Error("no layer");
    await damage(path, layer.digest);
    const bundle = await opened(path);
    const { etcd, pause } = tables(bundle);
    await bundle.verify([pause.manifest, ...pause.blobs]);
    const verifying = bundle.verify([etcd.manifest, ...etcd.blobs]);
    await expect(verifying).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringContaining(`${path}: the blob ${layer.digest} is damaged`),
      details: { hint: expect.stringContaining("take the bundle again") },
    });
    await expect(bundle.verify([layer])).rejects.toThrow("is damaged");
  });

  test("in a manifest is found on opening", async () => {
    const { path } = await sample();
    const bundle = await opened(path);
    await damage(path, tables(bundle).etcd.manifest.digest);
    await expect(openBundle(path)).rejects.toThrow("is damaged");
  });

  test.each([1, 1000, 200_000])("a bundle that is %i bytes short is refused", async (missing) => {
    const { path, written } = await sample();
    truncateSync(path, written.size - missing);
    await expect(openBundle(path)).rejects.toThrow(/is not a whole tar file: it ends/);
  });

  test("a blob that is absent is named on opening", async () => {
    const { path, directory } = await sample();
    const { digest } = tables(await opened(path)).kubelet.blob;
    sh(`mkdir x && tar -C x -xf bundle.tar && rm x/blobs/sha256/${digest.slice(7)} && tar -C x -cf bundle.tar .`, directory);
    await expect(openBundle(path)).rejects.toThrow(`lacks the blob ${digest}`);
  });

  test("a blob of another size than its descriptor says is named on opening", async () => {
    const { path, directory } = await sample();
    const { digest } = tables(await opened(path)).kubelet.blob;
    const blob = `blobs/sha256/${digest.slice(7)}`;
    sh(`mkdir -p blobs/sha256 && printf short >${blob} && tar -rf bundle.tar ${blob}`, directory);
    await expect(openBundle(path)).rejects.toThrow(/has 5 bytes, its descriptor says \d+$/);
  });

  test("a file that becomes shorter during a run ends the reading with an error", async () => {
    const { path } = await sample();
    const bundle = await opened(path);
    const [runc] = selectBinaries(bundle, ["runc"]);
    if (!runc) throw new Error("no runc");
    truncateSync(path, 100_000);
    await expect(buffer(bundle.read(runc.blob))).rejects.toThrow("became shorter while it was read");
  });

  test("a verification that was given up is done again by the next who asks", async () => {
    const { path } = await sample();
    const bundle = await opened(path);
    const { blob } = tables(bundle).kubelet;
    await expect(bundle.verify([blob], { signal: AbortSignal.abort() })).rejects.toThrow("aborted");
    await expect(bundle.verify([blob])).resolves.toBeUndefined();
  });
});

describe("what a host gets for an import", () => {
  test("is a layout of just the wanted images", async () => {
    const { path, directory } = await sample();
    const bundle = await opened(path);
    const { etcd, pause } = tables(bundle);
    const { files, blobs } = layoutFor([pause, etcd]);
    expect(files.map((file) => file.path)).toEqual(["oci-layout", "index.json"]);
    // Two manifests, two configurations, two layers: one is shared.
    expect(blobs).toHaveLength(6);
    sh("mkdir -p out/blobs/sha256", directory);
    for (const file of files) writeFileSync(join(directory, "out", file.path), file.content);
    for (const { path: place, blob } of blobs) writeFileSync(join(directory, "out", place), await buffer(bundle.read(blob)));
    sh("cd out && sha256sum blobs/sha256/* | while read -r sum path; do test blobs/sha256/$sum = $path || exit 1; done", directory);
    const index: unknown = JSON.parse(readFileSync(join(directory, "out/index.json"), "utf8"));
    expect(index).toMatchObject({
      schemaVersion: 2,
      manifests: [
        { digest: pause.manifest.digest, annotations: { "io.containerd.image.name": "registry.k8s.io/pause:3.10.2" } },
        { digest: etcd.manifest.digest, annotations: { "io.containerd.image.name": "registry.k8s.io/etcd:3.6.8-0" } },
      ],
    });
  });
});

test("a copy of a bundle is the same bundle", async () => {
  const { path, directory, written } = await sample();
  copyFileSync(path, join(directory, "copy.tar"));
  expect((await opened(join(directory, "copy.tar"))).digest).toBe(written.digest);
});
