import { describe, expect, test } from "vitest";
import { parseLine, readOptions } from "../../src/commands/bind.ts";
import { commands } from "../../src/commands/registry.ts";
import { globalOptions } from "../../src/commands/shared-options.ts";
import { runKbs } from "./run-kbs.ts";

const read = async (...line: string[]): Promise<Readonly<Record<string, unknown>>> => {
  const { command, typed } = await parseLine(line, commands);
  return readOptions({ ...globalOptions, ...command?.options }, typed, `kbs ${command?.path.join(" ")}`);
};

describe("a switch with a value", () => {
  test.each(["1", "t", "T", "TRUE", "true", "True"])("is on by =%s, as for kubeadm", async (word) => {
    expect(await read("init", `--dry-run=${word}`)).toMatchObject({ "dry-run": true });
    expect(await read(`--detailed-exitcode=${word}`, "plan")).toMatchObject({ "detailed-exitcode": true });
    expect(await read("delete", "node", "w1", `--ignore-daemonsets=${word}`)).toMatchObject({ "ignore-daemonsets": true });
  });

  test.each(["0", "f", "F", "FALSE", "false", "False"])("is off by =%s", async (word) => {
    expect(await read("init", `--dry-run=${word}`)).toMatchObject({ "dry-run": false });
    expect(await read("delete", "node", "w1", `--ignore-daemonsets=${word}`)).toMatchObject({ "ignore-daemonsets": false });
  });

  test.each(["client", "yes", "", "tRUE", "true "])("is refused for %j: what should only be shown must not be done", async (word) => {
    const told = `"${word}" is not true or false`;
    await expect(read("init", `--dry-run=${word}`)).rejects.toThrow(`--dry-run: ${told}`);
    await expect(read("delete", "node", "w1", `--ignore-daemonsets=${word}`, "--ignore-daemonsets")).rejects.toThrow(
      `--ignore-daemonsets: ${told}`,
    );
  });

  test("goes by the last one, and by its short name", async () => {
    expect(await read("init", "--dry-run=1", "--dry-run=F")).toMatchObject({ "dry-run": false });
    expect(await read("init", "--dry-run=0", "--dry-run")).toMatchObject({ "dry-run": true });
    expect((await parseLine(["version", "-q=1"], commands)).typed).toMatchObject({ quiet: true });
    expect((await parseLine(["version", "-q=much"], commands)).typed).toMatchObject({ quiet: "much" });
  });

  test.each(["client", "true", "false", "0"])("that the command does not have is refused with =%s, too", async (word) => {
    await expect(read("apply", `--dry-run=${word}`)).rejects.toThrow("kbs apply has no flag --dry-run");
  });

  test("is a word behind --", async () => {
    expect((await parseLine(["delete", "node", "--", "--yes=1"], commands)).words).toEqual(["--yes=1"]);
  });
});

describe("a list of words", () => {
  test.each([
    ["init", "skip-phases", "preflight", "addon"],
    ["init", "apiserver-cert-extra-sans", "a", "b"],
    ["init", "ignore-preflight-errors", "Swap", "NumCPU"],
    ["join", "skip-phases", "preflight", "kubelet-start"],
    ["apply", "limit", "h1", "h2"],
  ])("of kbs %s --%s that is given again adds to it", async (command, flag, first, second) => {
    expect(await read(command, `--${flag}=${first}`, `--${flag}`, `${second},${first}`)).toMatchObject({ [flag]: [first, second] });
  });
});

const typed = async (...words: string[]): Promise<unknown> => (await parseLine(["plan", ...words], commands)).typed;

describe("a number of -v", () => {
  test.each([
    ["-v=2", 2],
    ["--v=2", 2],
    ["-v2", 2],
    ["-qv2", 2],
    ["--verbose=2", 2],
    ["-v=0", 0],
    ["-vv", 2],
    ["-v5", 3],
    ["--verbose=4000000000", 3],
  ])("is the level: %s", async (word, level) => {
    expect(await typed(word)).toMatchObject({ verbose: level });
  });

  test.each(["-v=much", "--verbose=", "--v=-1"])("is refused where it is none: %s", async (word) => {
    expect((await runKbs(["version", word])).stderr).toMatch(/^error: --verbose: "\S*" is not a whole number$/m);
  });
});

test.each([["-ojson"], ["-o=json"], ["-qojson"], ["-o", "json"], ["-qo", "json"]])(
  "%s is a short flag with its value",
  async (...words) => {
    expect(await typed(...words)).toMatchObject({ output: "json" });
  },
);

test("a letter that is no flag is named, and a value that is missing", async () => {
  await expect(read("plan", "-vz5")).rejects.toThrow("kbs plan has no flag -z");
  await expect(typed("-qf", "-v5")).rejects.toThrow("--file needs a value");
});
