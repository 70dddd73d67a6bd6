import { build, type Metafile, type Plugin } from "esbuild";
import { withoutYargsLayout } from "./yargs-layout.ts";

// ssh2 can do without its native parts. The `require` of an executable warns about whatever is not Node.js' own, and one that reads files would
// look beside the executable, where anybody may have put something; so they are met by a module that throws, which ssh2 is prepared for.
const withoutNativeParts: Plugin = {
  name: "without-native-parts",
  setup: (bundler) => {
    bundler.onResolve({ filter: /\.node$|^cpu-features$/ }, ({ path }) => ({ path, namespace: "left-out" }));
    bundler.onLoad({ filter: /^/, namespace: "left-out" }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is left out`)});`,
    }));
  },
};

/**
 * Bundles kbs into one CommonJS file, the only form that Node.js 24 takes into an executable. What kbs loads late stays asleep in it until then:
 * esbuild makes a function of each such module.
 * @param more what else is done to the sources on their way
 */
export const bundleOneFile = async (root: string, outfile: string, more: readonly Plugin[] = []): Promise<Metafile> => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["src/main.ts"],
    outfile,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node24",
    plugins: [withoutNativeParts, withoutYargsLayout, ...more],
    // Whitespace stays: Node.js prints the line on which a program crashes.
    minifySyntax: true,
    metafile: true,
    // yargs asks where it is, to find texts that kbs does not use.
    banner: { js: 'const __kbsUrl = require("node:url").pathToFileURL(__filename).href;' },
    define: { "import.meta.url": "__kbsUrl" },
    logLevel: "warning",
  });
  return metafile;
};
