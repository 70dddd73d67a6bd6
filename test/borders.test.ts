import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import packageJson from "../package.json" with { type: "json" };

/** Imports run downward only: each folder may import those after it. */
const layers = [
  "commands",
  "actions",
  "engine",
  "phases",
  "diagnose",
  "preflight",
  "addons",
  "kube",
  "supply",
  "facts",
  "pki",
  "templates",
  "config",
  "host",
  "changes",
  "shared",
];

/** Each outside package comes in by one door. */
const doors: Readonly<Record<string, RegExp>> = {
  ajv: /^src\/config\//,
  diff: /^src\/engine\/plan\/diff\.ts$/,
  execa: /^src\/host\/local\.ts$/,
  "ipaddr.js": /^src\/shared\/ip\.ts$/,
  listr2: /^src\/engine\/progress\//,
  "node-forge": /^src\/pki\/der\.ts$/,
  ssh2: /^src\/host\/ssh\/ssh2\.ts$/,
  "tar-stream": /^src\/diagnose\/archive\.ts$/,
  yaml: /^src\/(config\/|templates\/|pki\/kubeconfig\/)/,
  yargs: /^src\/commands\//,
  // `cmd:` references of the configuration run on the operator's machine, before there is any host.
  "node:child_process": /^src\/config\/secret-references\.ts$/,
};

const root = dirname(import.meta.dirname);
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const filesBelow = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath.slice(root.length + 1), entry.name))
    .filter((path) => !/(^|\/)(node_modules|\.vagrant)\//.test(path))
    .toSorted();
const modules = (folder: string): string[] => filesBelow(folder).filter((path) => path.endsWith(".ts"));

interface Import {
  readonly from: string;
  readonly what: string;
}

/** Static, dynamic and re-exporting imports alike. The formatter keeps each source of a module on a line with its `from`. */
const importsOf = (from: string): Import[] =>
  [...read(from).matchAll(/^\s*(?:\} |import |export |import type |export type )?.*?(?:\bfrom |^import |\bimport\()"([^"\n]+)"/gm)].map(
    ([, what = ""]) => ({ from, what }),
  );
const allImports = modules("src").flatMap(importsOf);
const own = allImports.flatMap(({ from, what }) => (what.startsWith(".") ? [{ from, to: normalize(join(dirname(from), what)) }] : []));
const within = own.filter(({ to }) => to.startsWith("src/"));
const outside = allImports.filter(({ what }) => !what.startsWith("."));
const folderOf = (path: string): string => path.split("/")[1] ?? "";
const show = ({ from, to }: { from: string; to: string }): string => `${from} → ${to}`;

describe("the folders of src", () => {
  test("are those that have a place in the order", () => {
    const folders = readdirSync(join(root, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => name).toSorted()).toEqual(layers.toSorted());
  });

  test("import downward only", () => {
    const upward = within.filter(({ from, to }) => from !== "src/main.ts" && layers.indexOf(folderOf(to)) < layers.indexOf(folderOf(from)));
    expect(upward.map(show)).toEqual([]);
  });

  test("import nothing from outside src, except the version of kbs", () => {
    expect(own.filter(({ to }) => !to.startsWith("src/")).map(show)).toEqual(["src/shared/version.ts → package.json"]);
  });

  test("find what they import", () => {
    const known = new Set(modules("src"));
    expect(own.filter(({ to }) => to.endsWith(".ts") && !known.has(to)).map(show)).toEqual([]);
    expect(own.length).toBeGreaterThan(500);
  });
});

const addonOf = (path: string): string | undefined => /^src\/addons\/([^/]+)\//.exec(path)?.[1];
const isPhase = (path: string): boolean => dirname(path) === "src/phases" && path !== "src/phases/context.ts";
const isCheck = (path: string): boolean => dirname(path) === "src/preflight/checks";
const isCommand = (path: string): boolean => path.startsWith("src/commands/") && read(path).includes(" = defineCommand({");

describe("modules of one kind do not know each other:", () => {
  test("phases are known to actions alone", () => {
    expect(own.filter(({ from, to }) => isPhase(to) && folderOf(from) !== "actions").map(show)).toEqual([]);
  });

  test("checks are known to the questionnaire alone", () => {
    expect(own.filter(({ from, to }) => isCheck(to) && from !== "src/preflight/index.ts").map(show)).toEqual([]);
  });

  test("commands are known to the registry alone", () => {
    expect(own.filter(({ from, to }) => to.endsWith(".ts") && isCommand(to) && from !== "src/commands/registry.ts").map(show)).toEqual([]);
  });

  test("an addon knows no other addon", () => {
    const sideways = own.filter(
      ({ from, to }) => addonOf(from) !== undefined && addonOf(to) !== undefined && addonOf(from) !== addonOf(to),
    );
    expect(sideways.map(show)).toEqual([]);
  });
});

const { dependencies } = packageJson;
const packageOf = (what: string): string => /^(@[^/]+\/[^/]+|[^/]+)/.exec(what)?.[0] ?? what;

describe("what is not ours", () => {
  test("comes in by its one door", () => {
    const strangers = outside.filter(({ from, what }) => packageOf(what) in doors && !doors[packageOf(what)]?.test(from));
    expect(strangers.map(({ from, what }) => `${from} → ${what}`)).toEqual([]);
  });

  test("is a runtime dependency or a part of Node.js, by its full name", () => {
    const builtin = new Set(builtinModules.map((name) => `node:${name}`));
    const unknown = outside.filter(({ what }) => !(packageOf(what) in dependencies) && !builtin.has(what));
    expect(unknown.map(({ from, what }) => `${from} → ${what}`)).toEqual([]);
  });

  test("is imported if package.json asks for it, and has a door", () => {
    const used = new Set(outside.map(({ what }) => packageOf(what)));
    expect(Object.keys(dependencies).filter((name) => !used.has(name) || !(name in doors))).toEqual([]);
  });

  test("ends the process only in main.ts", () => {
    expect(modules("src").filter((path) => path !== "src/main.ts" && /\bprocess\.exit(Code)?\b/.test(read(path)))).toEqual([]);
  });
});

const here = "test/borders.test.ts";
const code = ["src", "scripts", "test"].flatMap(modules).filter((path) => path !== here);
const texts = ["src", "scripts", "test", "docs", "schema", "vagrant"]
  .flatMap(filesBelow)
  .concat(["README.md", "CONTRIBUTING.md", "config-sample.yaml", "package.json", "package-lock.json", "vitest.config.ts", ".ci/run"])
  .filter((path) => path !== here && /(\.(ts|md|ya?ml|json|sh)|\/[^./]+)$/.test(path));
const matching = (paths: readonly string[], pattern: RegExp): string[] =>
  paths.flatMap((path) =>
    read(path)
      .split("\n")
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 100)}`] : [])),
  );

describe("the text of the repository", () => {
  test("puts nothing off", () => {
    expect(matching(texts, /\b(TODO|FIXME|XXX)\b/)).toEqual([]);
  });

  test("leaves no test out", () => {
    expect(matching(code, /\b(test|it|describe|suite)\.(skip|only|todo|skipIf|fails)\b/)).toEqual([]);
  });

  test("names no folder of one machine", () => {
    expect(matching(texts, /(?<![\w.~}/-])\/(work\/|root\/\.|Users\/)/)).toEqual([]);
  });

  test("names no host of a package registry: which one is used is each machine's own affair", () => {
    const hosts = [/registry\.npmjs/, /proxy\.golang/, /sum\.golang/, /pypi\.org/, /deb\.debian\.org|snapshot\.debian/];
    for (const host of hosts) expect(matching(texts, host)).toEqual([]);
  });

  test.each(["src", "scripts", "test/lab"])("has no module of more than 300 lines in %s", (folder) => {
    expect(modules(folder).filter((path) => read(path).trimEnd().split("\n").length > 300)).toEqual([]);
  });
});
