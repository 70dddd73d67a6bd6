import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { typedSecret } from "../../src/commands/typed-secret.ts";
import { withFolder } from "./run-kbs.ts";

test("a secret is taken as typed, from the environment, or from a file", async () => {
  expect(typedSecret("abcdef.0123456789abcdef", "--token")).toBe("abcdef.0123456789abcdef");
  expect(typedSecret("env:TOKEN", "--token", { TOKEN: "from there" })).toBe("from there");
  await withFolder(async (folder) => {
    writeFileSync(`${folder}/key`, "of a file\n");
    expect(typedSecret(`file:${folder}/key`, "--certificate-key")).toBe("of a file");
  });
});

test("a place where there is none is named", () => {
  expect(() => typedSecret("env:TOKEN", "--token", { TOKEN: "" })).toThrow("--token: the environment variable TOKEN is not set");
  expect(() => typedSecret("file:/nowhere/key", "--certificate-key")).toThrow(
    "--certificate-key: the file /nowhere/key cannot be read (ENOENT)",
  );
});
