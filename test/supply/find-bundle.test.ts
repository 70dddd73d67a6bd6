import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type BundleWish, bundleFileName, findBundle } from "../../src/supply/find-bundle.ts";
import { canonicalJson } from "../../src/supply/oci.ts";
import { scratch, writeLayout } from "./make.ts";

const amd64 = { os: "linux", architecture: "amd64" };

const put = async (directory: string, version = "v1.36.3", name = bundleFileName(version, amd64)): Promise<string> => {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, name);
  await writeLayout(path, [], { manifests: [], annotations: { "kbs.kubernetes.version": version, "kbs.platform": "linux/amd64" } });
  return path;
};

const places = () => {
  const root = scratch();
  const wish: BundleWish = {
    kubernetesVersion: "v1.36.3",
    platform: amd64,
    configDirectory: join(root, "config"),
    workingDirectory: join(root, "work"),
    environment: { HOME: join(root, "home"), XDG_DATA_HOME: join(root, "data") },
  };
  return { root, wish };
};

const found = async (wish: BundleWish): Promise<string> => {
  const bundle = await findBundle(wish);
  await bundle.close();
  return bundle.path;
};

describe("the search", () => {
  test("takes the closest bundle: beside the configuration, then here, then the user's own", async () => {
    const { root, wish } = places();
    const data = await put(join(root, "data/kbs/bundles"));
    expect(await found(wish)).toBe(data);
    const work = await put(join(root, "work"));
    expect(await found(wish)).toBe(work);
    const config = await put(join(root, "config"));
    expect(await found(wish)).toBe(config);
  });

  test("falls back to ~/.local/share where XDG_DATA_HOME is unset or relative", async () => {
    const { root, wish } = places();
    const path = await put(join(root, "home/.local/share/kbs/bundles"));
    expect(await found({ ...wish, environment: { HOME: join(root, "home") } })).toBe(path);
    expect(await found({ ...wish, environment: { HOME: join(root, "home"), XDG_DATA_HOME: "data" } })).toBe(path);
  });

  test("in vain names every place, what lies near, and what to do", async () => {
    const { root, wish } = places();
    const near = await put(join(root, "work"), "v1.35.4");
    const name = "kbs-bundle-v1.36.3-linux-amd64.tar";
    const error: unknown = await findBundle(wish).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: "UserError",
      message: `no bundle for Kubernetes v1.36.3 on linux/amd64 was found; looked for ${[
        join(root, "config", name),
        join(root, "work", name),
        join(root, "data/kbs/bundles", name),
        `/usr/share/kbs/bundles/${name}`,
        `/var/lib/kbs/bundles/${name}`,
      ].join(", ")}`,
      details: {
        probably: expect.stringContaining(near),
        hint: expect.stringContaining('"npm run lab -- bundle --kubernetes 1.36" in the source tree of kbs makes one'),
      },
    });
  });
});

describe("a named bundle", () => {
  test("comes before all others, KBS_BUNDLE before the search", async () => {
    const { root, wish } = places();
    await put(join(root, "config"));
    const mine = await put(join(root, "work"), "v1.36.3", "mine.tar");
    const other = await put(root, "v1.36.3", "other.tar");
    const environment = { ...wish.environment, KBS_BUNDLE: other };
    expect(await found({ ...wish, environment })).toBe(other);
    expect(await found({ ...wish, environment, named: "mine.tar" })).toBe(mine);
  });

  test("may be a directory of bundles, one per platform", async () => {
    const { root, wish } = places();
    const path = await put(join(root, "bundles"));
    expect(await found({ ...wish, named: join(root, "bundles") })).toBe(path);
    const arm64 = { os: "linux", architecture: "arm64" };
    await expect(findBundle({ ...wish, platform: arm64, named: join(root, "bundles") })).rejects.toThrow(
      join(root, "bundles/kbs-bundle-v1.36.3-linux-arm64.tar"),
    );
  });

  test("that is not there is an error, even if the search would find one", async () => {
    const { root, wish } = places();
    await put(join(root, "work"));
    await expect(findBundle({ ...wish, named: "gone.tar" })).rejects.toThrow(`there is no bundle ${join(root, "work/gone.tar")}`);
    const environment = { ...wish.environment, KBS_BUNDLE: "/gone.tar" };
    await expect(findBundle({ ...wish, environment })).rejects.toMatchObject({ details: { hint: expect.stringContaining("KBS_BUNDLE") } });
  });

  test("for another version or platform is refused with both named", async () => {
    const { root, wish } = places();
    const path = await put(root, "v1.35.4", "old.tar");
    await expect(findBundle({ ...wish, named: path })).rejects.toThrow(
      "is for Kubernetes v1.35.4 on linux/amd64, wanted is Kubernetes v1.36.3 on linux/amd64",
    );
    const arm64 = { os: "linux", architecture: "arm64" };
    await expect(findBundle({ ...wish, named: path, kubernetesVersion: "v1.35.4", platform: arm64 })).rejects.toThrow(
      "wanted is Kubernetes v1.35.4 on linux/arm64",
    );
  });
});

test("a file's name does not make it a bundle for that version", async () => {
  const { root, wish } = places();
  await put(join(root, "work"), "v1.35.4", "kbs-bundle-v1.36.3-linux-amd64.tar");
  await expect(findBundle(wish)).rejects.toThrow("is for Kubernetes v1.35.4");
  writeFileSync(join(root, "work/kbs-bundle-v1.36.3-linux-amd64.tar"), canonicalJson({}));
  await expect(findBundle(wish)).rejects.toThrow("is not a whole tar file");
});
