import type { Plugin } from "esbuild";

const silent: Readonly<Record<string, string>> = {
  cliui: 'export default () => ({ div: () => undefined, span: () => undefined, toString: () => "" });',
  "string-width": "export default (text) => text.length;",
};

/**
 * yargs lays out its own help each time that it has found a command, and throws it away: kbs writes its help itself. What it lays out with takes
 * more time than all else that a small command does, most of it a pattern of all emoji; so in what is shipped it has none.
 */
export const withoutYargsLayout: Plugin = {
  name: "without-yargs-layout",
  setup: (build) => {
    build.onResolve({ filter: /^(cliui|string-width)$/ }, ({ path, importer }) =>
      importer.includes("/node_modules/yargs/") ? { path, namespace: "yargs-layout" } : undefined,
    );
    build.onLoad({ filter: /^/, namespace: "yargs-layout" }, ({ path }) => ({ contents: silent[path] ?? "" }));
  },
};
