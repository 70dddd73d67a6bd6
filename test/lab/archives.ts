import { open } from "node:fs/promises";
import { join } from "node:path";
import { layoutFor, openBundle } from "../../src/supply/bundle.ts";
import { tarWriter } from "../../src/supply/tar.ts";
import { labBundle } from "./bundle.ts";
import { cached, type Log } from "./cache.ts";
import { command } from "./command.ts";
import { defaultMinor, type KubernetesMinor } from "./go-recipes.ts";
import { haproxyImage, webImage } from "./images.ts";
import { preparedLayer } from "./prepared.ts";

// What a careful administrator without kbs would carry to the hosts: the very blobs of the bundle, so that the two are compared fairly.

const controlPlaneOnly = /\/(kube-apiserver|kube-controller-manager|kube-scheduler|etcd):/;

/** An archive for `ctr images import` of the images that a role needs. */
export const imageArchive = async (
  role: "control-plane" | "worker",
  log: Log,
  kubernetes: KubernetesMinor = defaultMinor,
): Promise<string> => {
  const path = await labBundle(log, kubernetes);
  const directory = await cached(`images-${role}`, { path, without: [webImage, haproxyImage] }, log, async (half) => {
    const bundle = await openBundle(path);
    const file = await open(join(half, "images.tar"), "wx");
    try {
      const images = [...bundle.images.values()].filter(
        ({ name }) => name !== webImage && name !== haproxyImage && (role === "control-plane" || !controlPlaneOnly.test(name)),
      );
      const layout = layoutFor(images);
      const tar = tarWriter(file);
      for (const { path: place, content } of layout.files) await tar.add(place, content);
      for (const { path: place, blob } of layout.blobs) await tar.addStream(bundle.read(blob), () => place);
      await tar.end();
    } finally {
      await file.close();
      await bundle.close();
    }
  });
  return join(directory, "images.tar");
};

/** An archive of everything that makes a bare host ready for kubeadm, to be unpacked at its root. */
export const softwareArchive = async (log: Log, kubernetes: KubernetesMinor = defaultMinor): Promise<string> => {
  const layer = await preparedLayer(log, kubernetes);
  const directory = await cached("software", { layer }, log, async (half) => {
    const words = [
      "--create",
      "--use-compress-program=gzip -1",
      "--owner=0",
      "--group=0",
      "--file",
      join(half, "software.tar.gz"),
      "-C",
      layer,
      ".",
    ];
    await command("tar", words, { timeout: 5 * 60_000 });
  });
  return join(directory, "software.tar.gz");
};
