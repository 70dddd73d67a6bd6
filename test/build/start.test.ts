import { join } from "node:path";
import type { Metafile } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleOneFile } from "../../scripts/building/one-file.ts";
import { makePlace } from "../host/ssh/sshd.ts";

const place = makePlace();
let inputs: Metafile["inputs"];

beforeAll(async () => {
  ({ inputs } = await bundleOneFile(join(import.meta.dirname, "../.."), place.at("kbs.cjs")));
}, 120_000);

afterAll(place.remove);

/** Packages whose modules are loaded as soon as these files are: what is imported late does not count. */
const packagesOf = (...files: readonly string[]): readonly string[] => {
  const loaded = new Set(files);
  for (const file of loaded) {
    const now = inputs[file]?.imports.filter(({ kind, external }) => kind !== "dynamic-import" && external !== true);
    for (const { path } of now ?? []) loaded.add(path);
  }
  return [...new Set([...loaded].flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []))].toSorted();
};

test("kbs --version loads no package at all", () => {
  expect(packagesOf("src/main.ts")).toEqual([]);
});

test("a command is found, and help given, with the package that reads command lines and no other", () => {
  const ofYargs = ["escalade", "get-caller-file", "y18n", "yargs", "yargs-parser"];
  expect(packagesOf("src/main.ts", "src/commands/dispatch.ts")).toEqual(ofYargs);
});

test("a shell that asks for words to offer waits for no package", () => {
  expect(packagesOf("src/main.ts", "src/commands/complete.ts", "src/commands/registry.ts")).toEqual([]);
});
