import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { makeExecutable } from "./building/executable.ts";
import { copyLicenses } from "./building/licenses.ts";
import { type Architecture, architectures, nodeBinary, ownArchitecture } from "./building/node-binary.ts";
import { bundleOneFile } from "./building/one-file.ts";

/**
 * Makes build/kbs-linux-ARCH, kbs in one file for machines without Node.js, with SHA256SUMS and the licences of what is in it.
 * `npm run build:exe` makes this machine's; `npm run build:exe -- amd64 arm64` names others.
 */

const root = dirname(import.meta.dirname);
const outdir = join(root, "build");
const bundle = join(outdir, "kbs.cjs");

const wanted = (words: readonly string[]): readonly Architecture[] => {
  const chosen = words.length > 0 ? words : [ownArchitecture ?? process.arch];
  return chosen.map((word) => {
    const known = architectures.find((name) => name === word);
    if (known === undefined) throw new Error(`there is no executable for ${word}: name ${architectures.join(" or ")}`);
    return known;
  });
};

const chosen = wanted(process.argv.slice(2));
await mkdir(outdir, { recursive: true });
const licenses = join(outdir, "licenses");
await copyLicenses(await bundleOneFile(root, bundle), root, licenses);
// The package of this very Node.js has it beside the program.
await copyFile(createRequire(process.execPath).resolve(`node-linux-${process.arch}/LICENSE`), join(licenses, "node.txt"));
const sums: string[] = [];
for (const architecture of chosen) {
  const outfile = join(outdir, `kbs-linux-${architecture}`);
  const node = await nodeBinary(architecture, join(outdir, "node"));
  const size = await makeExecutable({ bundle, node, architecture, outfile });
  sums.push(
    `${createHash("sha256")
      .update(await readFile(outfile))
      .digest("hex")}  ${basename(outfile)}\n`,
  );
  console.log(`build/${basename(outfile)}, ${Math.round(size / 2 ** 20)} MiB`);
}
await writeFile(join(outdir, "SHA256SUMS"), sums.join(""));
