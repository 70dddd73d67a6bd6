import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { confirmByName, interrupted } from "../../src/commands/prompt.ts";
import { loadConfig } from "../../src/config/load.ts";
import { eventsVersion } from "../../src/engine/events.ts";
import { runKbs, withFolder } from "./run-kbs.ts";

const bad =
  "apiVersion: kbs/v1\nkind: Cluster\nmetadata: { name: demo }\nspec:\n  hosts:\n    - { name: h1, adress: 10.0.0.1, roles: [control-plane] }\n";

describe("kbs create config", () => {
  test("prints a configuration that kbs accepts", async () => {
    await withFolder(async (cwd) => {
      const { code, stdout } = await runKbs(["create", "config", "--name", "prod"]);
      expect(code).toBe(0);
      writeFileSync(join(cwd, "kbs.yaml"), stdout);
      const { cluster, warnings } = await loadConfig(join(cwd, "kbs.yaml"));
      expect(cluster.name).toBe("prod");
      expect(warnings).toEqual([]);
    });
  });
});

describe("the configuration", () => {
  test("with problems ends with code 2, each problem with its place, and no run begins", async () => {
    await withFolder(async (cwd) => {
      writeFileSync(join(cwd, "bad.yaml"), bad);
      const { code, stdout, stderr } = await runKbs(["create", "cluster", "-f", join(cwd, "bad.yaml")], { cwd });
      expect(code).toBe(2);
      expect(stdout).toBe("");
      expect(stderr.replaceAll(cwd, "")).toMatchInlineSnapshot(`
        "/bad.yaml:6:19: error: spec.hosts[0].adress: unknown key
            6 |     - { name: h1, adress: 10.0.0.1, roles: [control-plane] }
              |                   ^
              hint: did you mean "address"? allowed: name, address, internalAddress, roles, labels, taints, local, ssh
        "
      `);
    });
  });

  test("is taken from --file, else KBS_CONFIG, else ./kbs.yaml", async () => {
    await withFolder(async (cwd) => {
      writeFileSync(join(cwd, "kbs.yaml"), bad);
      const told = async (line: string[], env = {}): Promise<string> => (await runKbs(["create", "cluster", ...line], { cwd, env })).stderr;
      expect(await told([])).toContain(join(cwd, "kbs.yaml"));
      expect(await told([], { KBS_CONFIG: "/from-environment.yaml" })).toContain("/from-environment.yaml");
      expect(await told(["-f", "/from-flag.yaml"], { KBS_CONFIG: "/from-environment.yaml" })).toContain("/from-flag.yaml");
    });
  });

  test("with problems is told as an event too, problem by problem", async () => {
    await withFolder(async (cwd) => {
      writeFileSync(join(cwd, "kbs.yaml"), bad);
      const { code, stdout } = await runKbs(["create", "cluster", "-o", "json"], { cwd });
      const events = stdout
        .trim()
        .split("\n")
        .map((line): Record<string, unknown> => JSON.parse(line));
      expect(code).toBe(2);
      expect(events[0]).toEqual({ type: "version", events: eventsVersion, kbs: expect.any(String) });
      expect(events.find(({ type }) => type === "error")).toMatchObject({
        error: { problems: [{ line: 6, column: 19, message: "unknown key" }] },
      });
      expect(events.at(-1)).toMatchObject({ type: "run-ended", exit: "usage", changed: 0 });
    });
  });
});

describe("a file of kubeadm's that is wrong", () => {
  test.each(["join", "reset"])("is told by kbs %s as an event, too", async (command) => {
    await withFolder(async (cwd) => {
      writeFileSync(join(cwd, "bad.yaml"), "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfigurations\n");
      const { code, stdout } = await runKbs([command, "--config", join(cwd, "bad.yaml"), "-o", "json"], { cwd });
      const events = stdout.split("\n").flatMap((line): Record<string, unknown>[] => (line === "" ? [] : [JSON.parse(line)]));
      expect(code).toBe(2);
      expect(events.map(({ type }) => type)).toEqual(["version", "error", "run-ended"]);
      expect(events.at(-1)).toMatchObject({ exit: "usage", changed: 0 });
    });
  });

  test("and a line that means nothing are kept nowhere by kbs join: a token may stand in it", async () => {
    await withFolder(async (cwd) => {
      await runKbs(["join", "abcdef.0123456789abcdef"], { cwd });
      expect(readdirSync(cwd)).toEqual([]);
    });
  });
});

describe("the log", () => {
  test("is kept below XDG_STATE_HOME, for its owner alone", async () => {
    await withFolder(async (cwd) => {
      await runKbs(["create", "cluster", "-f", "/nowhere.yaml"], { cwd, env: { XDG_STATE_HOME: join(cwd, "state") } });
      const folder = join(cwd, "state/kbs/logs");
      const [log = ""] = readdirSync(folder);
      expect(log).toMatch(/^\d{8}-\d{6}-create-cluster-4711\.log$/);
      expect(statSync(join(folder, log)).mode & 0o777).toBe(0o600);
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      expect(readFileSync(join(folder, log), "utf8")).toContain("kbs create cluster -f /nowhere.yaml");
    });
  });

  test("goes where --log-file says, and that it cannot is an error", async () => {
    await withFolder(async (cwd) => {
      await runKbs(["status", "-f", "/nowhere.yaml", "--log-file", join(cwd, "my.log")], { cwd });
      expect(readFileSync(join(cwd, "my.log"), "utf8")).toContain("run-ended");
      const { code, stderr } = await runKbs(["status", "-f", "/nowhere.yaml", "--log-file", join(cwd, "no/my.log")], { cwd });
      expect(code).toBe(2);
      expect(stderr.replaceAll(cwd, "")).toMatchInlineSnapshot(`
        "error: the log cannot be written to /no/my.log
          next:     name another file by --log-file, or leave it out
        "
      `);
    });
  });

  test("that cannot be kept does not end a run", async () => {
    await withFolder(async (cwd) => {
      writeFileSync(join(cwd, "state"), "");
      const { code, stderr } = await runKbs(["create", "cluster", "-f", "/nowhere.yaml"], {
        cwd,
        env: { XDG_STATE_HOME: join(cwd, "state") },
      });
      expect(code).toBe(2);
      expect(stderr).toContain("no log of this run is kept");
      expect(stderr).toContain("cannot read the configuration");
    });
  });
});

describe("a host that cannot be reached", () => {
  test("ends with code 4, and the sentence names it and what to look at", async () => {
    await withFolder(async (cwd) => {
      const host = "{ name: h1, address: 127.0.0.1, internalAddress: 10.0.0.1, roles: [control-plane, worker], ssh: { port: 1 } }";
      writeFileSync(join(cwd, "kbs.yaml"), `apiVersion: kbs/v1\nkind: Cluster\nmetadata: { name: demo }\nspec:\n  hosts:\n    - ${host}\n`);
      for (const line of [["create", "cluster"], ["status"], ["preflight", "-o", "json"], ["delete", "cluster", "--yes"]]) {
        const { code, stdout, stderr } = await runKbs(line, { cwd });
        expect(code).toBe(4);
        expect(stdout + stderr).toContain("h1 cannot be reached at 127.0.0.1:1: nothing listens there");
        expect(stdout + stderr).not.toContain("src/");
      }
    });
  });
});

describe("interruption", () => {
  test("ends with code 130 and says how to go on", async () => {
    await withFolder(async (cwd) => {
      writeFileSync(join(cwd, "kbs.yaml"), (await runKbs(["create", "config"])).stdout);
      const { code, stderr } = await runKbs(["create", "cluster"], { cwd, signal: AbortSignal.abort(interrupted()) });
      expect(stderr).toContain("interrupted: finishing the change in flight and releasing the hosts; then run the same command again");
      expect(code).toBe(130);
    });
  });
});

describe("confirmation", () => {
  test("is the cluster's name, typed", async () => {
    const asked: string[] = [];
    const typing = (answer: string) => confirmByName((question) => (asked.push(question), Promise.resolve(answer)), false);
    expect(await typing("demo\n")("All of it is lost.", "demo")).toBe(true);
    expect(await typing("yes")("All of it is lost.", "demo")).toBe(false);
    expect(asked[0]).toBe("All of it is lost.\nType demo to go on: ");
  });

  test("is not asked with --yes", async () => {
    expect(await confirmByName(undefined, true)("All of it is lost.", "demo")).toBe(true);
  });

  test("without a terminal is refused, never waited for", async () => {
    await expect(confirmByName(undefined, false)("All of it is lost.", "demo")).rejects.toMatchObject({
      exit: "usage",
      details: { hint: "add --yes to the command if it is what you want" },
    });
  });
});

const fail = (): never => {
  throw new Error("the paper is out");
};

const bugTold = async (line: readonly string[]): Promise<string> => {
  const { code, stderr } = await runKbs(line, { print: fail });
  expect(code).toBe(1);
  return stderr.replace(/kbs \d\S+/, "kbs VERSION");
};

test("what is not the user's fault ends with code 1, without a stack unless asked for", async () => {
  expect(await bugTold(["version"])).toMatchInlineSnapshot(`
    "bug: kbs VERSION failed in a way it should not: the paper is out
      next:     please report it with the log of this run; --debug shows where it happened
    "
  `);
  expect(await bugTold(["version", "--debug"])).toContain("commands.test.ts");
});

describe("kbs schema and version", () => {
  test("print JSON", async () => {
    expect(JSON.parse((await runKbs(["schema"])).stdout)).toHaveProperty("$id", "kbs-cluster.schema.json");
    expect(JSON.parse((await runKbs(["schema", "events"])).stdout)).toHaveProperty("oneOf");
    expect(JSON.parse((await runKbs(["version", "-o", "json"])).stdout)).toMatchObject({ kbs: expect.stringMatching(/^\d+\./) });
    expect((await runKbs(["--version"])).stdout).toMatch(/^kbs \d+\.\d+\.\d+\n$/);
  });
});
