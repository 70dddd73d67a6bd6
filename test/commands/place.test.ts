import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseLine, readOptions } from "../../src/commands/bind.ts";
import { commands } from "../../src/commands/registry.ts";
import { runKbs, withFolder } from "./run-kbs.ts";

const told = async (...line: string[]): Promise<string> => (await withFolder((cwd) => runKbs(line, { cwd }))).stderr;

describe("words at a command's place", () => {
  test("may be several where it says so, before and after flags", async () => {
    const { command, words } = await parseLine(["delete", "node", "w1", "-f", "kbs.yaml", "w2", "--yes", "w3"], commands);
    expect([command?.path, words]).toEqual([
      ["delete", "node"],
      ["w1", "w2", "w3"],
    ]);
  });

  test("must be one at least", async () => {
    expect(await told("delete", "node")).toContain("kbs delete node for what?\n  next:     it takes the names of nodes");
  });

  test("are shown in help as several", async () => {
    expect((await runKbs(["delete", "node", "--help"])).stdout).toContain("Usage: kbs delete node NAME… [flags]");
  });

  test("are completed by the names of hosts, one after another", async () => {
    await withFolder(async (cwd) => {
      const config = (await runKbs(["create", "config"])).stdout;
      writeFileSync(`${cwd}/kbs.yaml`, config);
      for (const line of [[""], ["cp1", ""]])
        expect((await runKbs(["__complete", "delete", "node", ...line], { cwd })).stdout).toMatch(/^cp1\thost$/m);
    });
  });
});

const read = async (...flags: string[]): Promise<Readonly<Record<string, unknown>>> => {
  const { command, typed } = await parseLine(["delete", "node", "w1", ...flags], commands);
  return readOptions({ ...command?.options }, typed, "kbs delete node");
};

describe("kubectl's flags of a drain", () => {
  test("leave DaemonSets alone unless told otherwise", async () => {
    expect((await read())["ignore-daemonsets"]).toBe(true);
    expect((await read("--ignore-daemonsets"))["ignore-daemonsets"]).toBe(true);
    expect((await read("--ignore-daemonsets=false"))["ignore-daemonsets"]).toBe(false);
  });

  test("take no time at all for an answer", async () => {
    expect((await read())["grace-period"]).toBeUndefined();
    expect((await read("--grace-period", "0"))["grace-period"]).toBe(0);
    expect(await told("delete", "node", "w1", "--grace-period", "30s")).toContain('--grace-period "30s" is not a whole number of seconds');
  });

  test("other switches are off, and may be said to be", async () => {
    expect(await read("--force=false", "--disable-eviction")).toMatchObject({
      force: false,
      "disable-eviction": true,
      "delete-emptydir-data": false,
    });
  });
});

test("kbs reset with a configuration wants hosts by name", async () => {
  await withFolder(async (cwd) => {
    const { code, stderr } = await runKbs(["reset", "-f", "kbs.yaml"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain("which hosts of kbs.yaml? kbs reset gives back those that --limit names");
    expect(stderr).toContain("kbs delete cluster -f kbs.yaml");
  });
});
