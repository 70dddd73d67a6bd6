import { chmod, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { copyLicenses } from "./building/licenses.ts";
import { withoutYargsLayout } from "./building/yargs-layout.ts";

/** Bundles src/main.ts with all it needs into dist, so that an installed kbs has no dependencies of its own. */

const root = dirname(import.meta.dirname);
const outdir = join(root, "dist");

// ssh2 asks for these, which an ES module does not have. Two go by names of our own, since yargs declares theirs itself.
const banner = `import { createRequire as __kbsCreateRequire } from "node:module";
import { fileURLToPath as __kbsFileURLToPath } from "node:url";
const require = __kbsCreateRequire(import.meta.url);
const __kbsFilename = __kbsFileURLToPath(import.meta.url);
const __kbsDirname = __kbsFileURLToPath(new URL(".", import.meta.url));`;

await rm(outdir, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ["src/main.ts"],
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node22.18",
  chunkNames: "chunks/[name]-[hash]",
  // Native parts are optional to ssh2, which copes when they cannot be loaded, but not when they are replaced by nothing.
  external: ["*.node", "cpu-features"],
  plugins: [withoutYargsLayout],
  // Whitespace stays: Node.js prints the line on which a program crashes.
  minifySyntax: true,
  sourcemap: "linked",
  sourcesContent: false,
  metafile: true,
  banner: { js: banner },
  define: { __filename: "__kbsFilename", __dirname: "__kbsDirname" },
  logLevel: "warning",
});

const main = join(outdir, "main.js");
await chmod(main, 0o755);

await copyLicenses(metafile, root, join(outdir, "licenses"));

// npm makes no link for the package it stands in, so that `npx kbs` would look for a stranger of that name.
const link = join(root, "node_modules/.bin/kbs");
await rm(link, { force: true });
await symlink("../../dist/main.js", link);

const size = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
console.log(
  `dist/main.js and ${Object.keys(metafile.outputs).length - 1} more files, ${Math.round(size / 1024)} KiB; npx kbs runs it here`,
);
