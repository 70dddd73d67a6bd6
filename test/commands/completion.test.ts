import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { completionScripts } from "../../src/commands/completion-scripts.ts";
import { runKbs, withFolder } from "./run-kbs.ts";

const offered = async (words: readonly string[], cwd?: string): Promise<string[]> => {
  const { stdout } = await runKbs(["__complete", ...words], cwd === undefined ? {} : { cwd });
  return stdout.split("\n").flatMap((line) => line.split("\t")[0] || []);
};

describe("at the cursor are offered", () => {
  test("commands, and the word after them", async () => {
    expect(await offered([""])).toContain("create");
    expect(await offered(["cr"])).toEqual(["create"]);
    expect(await offered(["create", ""])).toEqual(["config", "cluster"]);
    expect(await offered(["completion", ""])).toEqual(["bash", "zsh", "fish"]);
    expect(await offered(["completion", "bash", ""])).toEqual([]);
  });

  test("the flags of the command", async () => {
    expect(await offered(["create", "cluster", "--ke"])).toEqual(["--keep-going"]);
    expect(await offered(["status", "--ke"])).toEqual([]);
    expect(await offered(["-v", "create", "cluster", "-f", "x", "--accept"])).toEqual(["--accept-new-host-keys"]);
  });

  test("the values of a flag", async () => {
    expect(await offered(["status", "-o", ""])).toEqual(["text", "json"]);
    expect(await offered(["status", "--output", "=", "j"])).toEqual(["json"]);
    expect(await offered(["create", "cluster", "-f", ""])).toEqual([":files"]);
  });

  test("the values of a flag behind an equals sign, as bash cuts the word", async () => {
    expect(await offered(["apply", "--output", "="])).toEqual(["text", "json"]);
    expect(await offered(["init", "--config", "="])).toEqual([":files"]);
    expect(await offered(["init", "--config", "=", "a"])).toEqual([":files"]);
    expect(await offered(["--yes", "=", "true", "app"])).toEqual(["apply"]);
  });

  test("and with the flag before them where the shell does not cut it", async () => {
    expect(await offered(["apply", "--output="])).toEqual(["--output=text", "--output=json"]);
    expect(await offered(["apply", "--output=j"])).toEqual(["--output=json"]);
    expect(await offered(["init", "--config=a"])).toEqual([":files"]);
    expect(await offered(["apply", "--output=json", "--keep"])).toEqual(["--keep-going"]);
    expect(await offered(["--yes=true", "app"])).toEqual(["apply"]);
  });

  test("nothing behind the equals sign of a switch", async () => {
    expect(await offered(["completion", "--quiet="])).toEqual([]);
    expect(await offered(["completion", "--quiet", "="])).toEqual([]);
  });

  test("hosts of the file for --limit and as nodes, without those that stand there already", async () => {
    await withFolder(async (cwd) => {
      writeFileSync(join(cwd, "my.yaml"), (await runKbs(["create", "config"])).stdout);
      expect(await offered(["create", "cluster", "-f", join(cwd, "my.yaml"), "--limit", ""])).toEqual(["cp1", "w1", "w2"]);
      expect(await offered(["create", "cluster", "-f", join(cwd, "my.yaml"), "--limit", "cp1,w"])).toEqual(["cp1,w1", "cp1,w2"]);
      expect(await offered(["apply", `--file=${join(cwd, "my.yaml")}`, "--limit=cp1,w"])).toEqual(["--limit=cp1,w1", "--limit=cp1,w2"]);
      expect(await offered(["apply", "-f", join(cwd, "my.yaml"), "--limit", "="])).toEqual(["cp1", "w1", "w2"]);
      expect(await offered(["create", "cluster", "--limit", ""], cwd)).toEqual([]);
      expect(await offered(["delete", "node", "-f", join(cwd, "my.yaml"), "w"])).toEqual(["w1", "w2"]);
    });
  });
});

const has = (shell: string): boolean => spawnSync(shell, ["-c", "true"]).status === 0;

/** What a shell reads from the program is fixed here, so that the script alone is on trial. */
const fakeKbs = '#!/bin/sh\nprintf "%s\\n" "$*" >"$0.asked"\nprintf "create\\tMake: things\\ncreates\\t\\n"\n';

describe("the scripts", () => {
  test.each(["bash", "zsh", "fish"].filter(has))("%s accepts its script", async (shell) => {
    await withFolder(async (cwd) => {
      writeFileSync(join(cwd, "script"), completionScripts[shell] ?? "");
      const { status, stderr } = spawnSync(shell, ["-n", join(cwd, "script")]);
      expect(stderr.toString()).toBe("");
      expect(status).toBe(0);
    });
  });

  test.each(["fish"].filter(has))("%s offers a value and a file behind an equals sign", async (shell) => {
    await withFolder(async (cwd) => {
      writeFileSync(join(cwd, "script"), completionScripts[shell] ?? "");
      const env = { ...process.env, HOME: cwd, PATH: `${cwd}:${process.env["PATH"]}` };
      const shown = (line: string, answer: string): string => {
        writeFileSync(join(cwd, "kbs"), `#!/bin/sh\necho ${answer}\n`);
        chmodSync(join(cwd, "kbs"), 0o755);
        return execFileSync(shell, ["--no-config", "-c", `source script; complete -C '${line}'`], { cwd, env }).toString();
      };
      expect(shown("kbs apply --output=j", "--output=json")).toBe("--output=json\n");
      expect(shown("kbs init --config=scr", ":files")).toBe("--config=script\n");
    });
  });

  test("bash offers what kbs says for the word being typed", async () => {
    await withFolder(async (cwd) => {
      writeFileSync(join(cwd, "kbs"), fakeKbs);
      chmodSync(join(cwd, "kbs"), 0o755);
      const trial = `${completionScripts["bash"]}\nCOMP_WORDS=(kbs -v cr more); COMP_CWORD=2; _kbs; printf '%s|' "\${COMPREPLY[@]}"`;
      const env = { ...process.env, PATH: `${cwd}:${process.env["PATH"]}` };
      expect(execFileSync("bash", ["-c", trial], { env }).toString()).toBe("create|creates|");
      expect(execFileSync("cat", [join(cwd, "kbs.asked")]).toString()).toBe("__complete -v cr\n");
    });
  });
});
