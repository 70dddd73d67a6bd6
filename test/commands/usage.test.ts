import { describe, expect, test } from "vitest";
import { declineNode } from "../../src/commands/version-text.ts";
import { runKbs, withFolder } from "./run-kbs.ts";

const complaint = async (...line: string[]): Promise<string> => {
  const { code, stdout, stderr } = await withFolder((cwd) => runKbs(line, { cwd }));
  expect(code).toBe(2);
  expect(stdout).toBe("");
  return stderr;
};

describe("a command line that means nothing ends with code 2 and a sentence", () => {
  test("an unknown command, with the nearest one", async () => {
    expect(await complaint("stauts")).toMatchInlineSnapshot(`
      "error: kbs has no command "stauts"
        next:     did you mean kbs status? kbs --help lists all
      "
    `);
    expect(await complaint("create", "clustr")).toMatchInlineSnapshot(`
      "error: kbs create has no command "clustr"
        next:     did you mean kbs create cluster? kbs --help lists all
      "
    `);
    expect(await complaint("zebra")).toMatchInlineSnapshot(`
      "error: kbs has no command "zebra"
        next:     kbs --help lists all
      "
    `);
  });

  test("half a command", async () => {
    expect(await complaint("create")).toMatchInlineSnapshot(`
      "error: kbs create what? It takes config or cluster
        next:     kbs create config --help tells more
      "
    `);
    expect(await complaint("completion")).toMatchInlineSnapshot(`
      "error: kbs completion for what?
        next:     it takes bash, zsh, fish
      "
    `);
    expect(await complaint("-v")).toMatchInlineSnapshot(`
      "error: no command is named
        next:     kbs --help lists all
      "
    `);
  });

  test("an unknown flag, with the nearest one", async () => {
    expect(await complaint("create", "cluster", "--limt", "h1")).toMatchInlineSnapshot(`
      "error: kbs create cluster has no flag --limt
        next:     did you mean --limit? kbs create cluster --help lists them
      "
    `);
    expect(await complaint("create", "cluster", "-z")).toMatchInlineSnapshot(`
      "error: kbs create cluster has no flag -z
        next:     kbs create cluster --help lists them
      "
    `);
    expect(await complaint("--zork")).toMatchInlineSnapshot(`
      "error: kbs has no flag --zork
        next:     kbs --help lists them
      "
    `);
  });

  test.each(["constructor", "toString", "hasOwnProperty", "__proto__", "valueOf=1"])("a flag that every object has: --%s", async (name) => {
    expect(await complaint("status", `--${name}`)).toContain(`error: kbs has no flag --${name.replace("=1", "")}\n`);
  });

  test("a flag of another command", async () => {
    expect(await complaint("status", "--keep-going")).toMatchInlineSnapshot(`
      "error: kbs status has no flag --keep-going
        next:     kbs status --help lists them
      "
    `);
  });

  test("a flag without its value", async () => {
    expect(await complaint("create", "cluster", "-f")).toMatchInlineSnapshot(`
      "error: --file needs a value
        next:     kbs --help tells what each flag takes
      "
    `);
    expect(await complaint("create", "cluster", "--limit", "--yes")).toMatchInlineSnapshot(`
      "error: --limit needs a value
        next:     kbs --help tells what each flag takes
      "
    `);
  });

  test("a flag given twice", async () => {
    expect(await complaint("create", "cluster", "-f", "a", "--file", "b")).toMatchInlineSnapshot(`
      "error: --file is given 2 times; once is enough
      "
    `);
  });

  test("values that do not fit", async () => {
    expect(await complaint("create", "cluster", "--concurrency", "many")).toMatchInlineSnapshot(`
      "error: --concurrency "many" is not a whole number from 1 to 10000
      "
    `);
    expect(await complaint("create", "cluster", "--concurrency", "0")).toMatchInlineSnapshot(`
      "error: --concurrency "0" is not a whole number from 1 to 10000
      "
    `);
    expect(await complaint("create", "cluster", "--timeout", "30")).toMatchInlineSnapshot(`
      "error: --timeout "30" is not a duration such as 90s, 30m or 1h30m, of at most 20 days
      "
    `);
    expect(await complaint("create", "cluster", "--timeout", "9999h")).toMatchInlineSnapshot(`
      "error: --timeout "9999h" is not a duration such as 90s, 30m or 1h30m, of at most 20 days
      "
    `);
    expect(await complaint("create", "cluster", "--output", "jsn")).toMatchInlineSnapshot(`
      "error: --output "jsn" is not text or json
        next:     did you mean json?
      "
    `);
    expect(await complaint("create", "cluster", "--limit", "h1,,h2")).toMatchInlineSnapshot(`
      "error: --limit "h1,,h2" holds an empty word
      "
    `);
    expect(await complaint("schema", "event")).toMatchInlineSnapshot(`
      "error: kbs schema knows no "event"
        next:     it takes config, events
      "
    `);
  });

  test("a word too many", async () => {
    expect(await complaint("create", "cluster", "demo")).toMatchInlineSnapshot(`
      "error: kbs create cluster takes no word "demo"
        next:     kbs create cluster --help tells what it takes
      "
    `);
    expect(await complaint("create", "config", "--", "demo")).toMatchInlineSnapshot(`
      "error: kbs create config takes no word "demo"
        next:     kbs create config --help tells what it takes
      "
    `);
  });

  test("no configuration", async () => {
    expect(await complaint("create", "cluster")).toMatchInlineSnapshot(`
      "error: no configuration is named, and there is no kbs.yaml in the working directory
        next:     name one by -f FILE or KBS_CONFIG; \`kbs create config > kbs.yaml\` writes one to start from
      "
    `);
  });
});

describe("flags", () => {
  test("may stand before the command", async () => {
    const { stderr } = await runKbs(["--yes", "-f", "/nowhere.yaml", "create", "cluster"]);
    expect(stderr).toContain('cannot read the configuration "/nowhere.yaml"');
  });

  test("that end in a number or look like one stay what was typed", async () => {
    const { stdout } = await runKbs(["create", "config", "--name", "007"]);
    expect(stdout).toContain('name: "007"');
  });
});

test("an old Node.js is declined with a sentence, a new one is not", () => {
  expect(declineNode("20.20.2", ">=22.18")).toBe("kbs needs Node.js 22.18 or newer; this is 20.20.2");
  expect(declineNode("22.17.9", ">=22.18")).toBeDefined();
  expect(declineNode("22.18.0", ">=22.18")).toBeUndefined();
  expect(declineNode("24.0.0", ">=22.18")).toBeUndefined();
});
