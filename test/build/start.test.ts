import { join } from "node:path";
import type { Metafile } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleOneFile } from "../../scripts/building/one-file.ts";
import { makePlace } from "../host/ssh/sshd.ts";

const place = makePlace();
let inputs: Metafile["inputs"];

beforeAll(async () => {
  ({ inputs } = await bundleOneFile(join(import.meta.dirname, "../.."), place.at("kbs.cjs")));
});

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

test("no command is found, helped with or offered to a shell only after SSH, judging of schemas or drawing on terminals was loaded", () => {
  const loaded = packagesOf("src/main.ts", "src/commands/dispatch.ts", "src/commands/complete.ts");
  expect(loaded).toContain("yargs");
  for (const heavy of ["ajv", "diff", "execa", "listr2", "ssh2", "tar-stream"]) expect(loaded).not.toContain(heavy);
});
