import { cp, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Metafile } from "esbuild";

const names = ["LICENSE", "LICENSE.md", "LICENSE.txt", "license", "LICENCE"];

/** Copies the licences of all packages whose code is in a bundle into a folder: they ask to be named wherever it goes. */
export const copyLicenses = async ({ inputs }: Metafile, root: string, folder: string): Promise<void> => {
  const packages = new Set(Object.keys(inputs).flatMap((input) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []));
  await mkdir(folder, { recursive: true });
  for (const name of [...packages].toSorted()) {
    for (const file of names) {
      const from = join(root, "node_modules", name, file);
      const found = await stat(from).catch(() => undefined);
      if (found) await cp(from, join(folder, `${name.replace("/", "+")}.txt`));
    }
  }
};
