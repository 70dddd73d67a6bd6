import { open } from "node:fs/promises";
import { join } from "node:path";
import { quote } from "../../src/shared/quote.ts";
import { layoutFor, openBundle } from "../../src/supply/bundle.ts";
import { tarWriter } from "../../src/supply/tar.ts";
import { cached, type Log } from "../../test/lab/cache.ts";
import { type Lab, type LabHost, webImage } from "../../test/lab/index.ts";

/** An archive of one image of a bundle, as `ctr images import` takes it. */
const archiveOf = async (name: string, bundlePath: string, log: Log): Promise<string> => {
  const directory = await cached("image-web", { name, bundlePath }, log, async (half) => {
    const bundle = await openBundle(bundlePath);
    const file = await open(join(half, "image.tar"), "wx");
    try {
      const image = bundle.images.get(name);
      if (!image) throw new Error(`${bundlePath} has no image ${name}`);
      const { files, blobs } = layoutFor([image]);
      const tar = tarWriter(file);
      for (const { path, content } of files) await tar.add(path, content);
      for (const { path, blob } of blobs) await tar.addStream(bundle.read(blob), () => path);
      await tar.end();
    } finally {
      await file.close();
      await bundle.close();
    }
  });
  return join(directory, "image.tar");
};

const importOn = async (host: LabHost, archive: string): Promise<boolean> => {
  const there = await host.run(`ctr -n k8s.io images ls -q name==${quote(webImage)}`);
  if (there.code === 0 && there.stdout.trim() !== "") return false;
  const { code, stdout, stderr } = await host.run("ctr -n k8s.io images import -", { inputFile: archive, timeout: 180_000 });
  if (code !== 0) throw new Error(`${host.name} cannot import ${webImage}:\n${(stderr || stdout).trim()}`);
  return true;
};

/** Brings the application's image to every node as in any cluster without a registry: an archive, by ssh, into containerd. */
export const bringImage = async (lab: Lab, bundle: string, log: Log): Promise<string> => {
  const archive = await archiveOf(webImage, bundle, log);
  const brought = await Promise.all(lab.hosts.map((host) => importOn(host, archive)));
  return brought.some(Boolean) ? `imported ${webImage} on ${brought.filter(Boolean).length} nodes` : `${webImage} is on all nodes`;
};
