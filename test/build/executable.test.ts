import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { addNote } from "../../scripts/building/elf.ts";
import { makeExecutable } from "../../scripts/building/executable.ts";
import { ownArchitecture } from "../../scripts/building/node-binary.ts";
import { bundleOneFile } from "../../scripts/building/one-file.ts";
import { publishedSchema } from "../../src/config/published-schema.ts";
import { sampleConfig } from "../../src/config/sample.ts";
import { describeReal } from "../host/ssh/real.ts";
import { hostKeyOf, know, makeKey, makePlace, publicKey, startSshd } from "../host/ssh/sshd.ts";
import { startSandbox } from "../support/sandbox.ts";

const root = join(import.meta.dirname, "../..");
const place = makePlace();
const kbs = place.at("kbs");

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The executable with no environment but what is given, in a folder with nothing of kbs in it. */
const run = (words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const child = execFile(kbs, words, { env, cwd: place.at("home"), timeout: 120_000 }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });

/** A child that another test has begun meanwhile has the file open for writing until it comes to its own program. */
const untilRunnable = async (): Promise<void> => {
  while ((await run(["version"]).catch(({ code }: NodeJS.ErrnoException) => code)) === "ETXTBSY") await sleep(50);
};

beforeAll(async () => {
  const bundle = place.at("kbs.cjs");
  await bundleOneFile(root, bundle);
  if (ownArchitecture === undefined) throw new Error(`no executable is made for ${process.platform} on ${process.arch}`);
  await makeExecutable({ bundle, node: process.execPath, architecture: ownArchitecture, outfile: kbs });
  await untilRunnable();
}, 120_000);

afterAll(place.remove);

describe("the executable, with no PATH and no home", () => {
  test("tells its version", async () => {
    const { code, stdout, stderr } = await run(["version"]);
    expect(stdout).toMatch(new RegExp(`^kbs ${packageJson.version.replaceAll(".", "\\.")}\nkubernetes v\\d`));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("prints the schema and the sample that the sources have", async () => {
    expect((await run(["schema"])).stdout).toBe(publishedSchema());
    expect((await run(["create", "config"])).stdout).toBe(sampleConfig());
  });

  test("ends with 2 on a command that it does not know, and says which was meant", async () => {
    const { code, stdout, stderr } = await run(["statsu"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/no command "statsu"[^]*did you mean kbs status\?/);
  });

  test("helps, offers words to a shell, and says which flag lacks its value", async () => {
    expect((await run(["create", "cluster", "--help"])).stdout).toContain("--limit");
    expect((await run(["__complete", "create", "cl"])).stdout).toMatch(/^cluster\t/);
    expect((await run(["plan", "--file"])).stderr).toContain("--file needs a value");
  });

  test("takes no orders for Node.js from the environment", async () => {
    const { code, stderr } = await run(["--version"], { NODE_OPTIONS: "--require=/there/is/no/such/file.js" });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("warns of nothing and finds its parsers when it reads a configuration", async () => {
    const { code, stderr } = await run(["preflight", "-f", join(root, "package.json")]);
    expect(code).toBe(2);
    expect(stderr).toContain("apiVersion");
    expect(stderr).not.toMatch(/warning|require/i);
  });
});

describeReal("the executable, as root", () => {
  test("asks a host over SSH whether it is fit", async () => {
    const [hostKey, key] = [makeKey(place, "host-key"), makeKey(place, "key")];
    const sshd = await startSshd(place, { hostKeys: [hostKey], authorized: [publicKey(key)] });
    try {
      know(place, `[127.0.0.1]:${sshd.port} ${hostKeyOf(hostKey)}`);
      const ssh = { user: "root", port: sshd.port, identityFile: key };
      const hosts = [{ name: "h1", address: "127.0.0.1", internalAddress: "10.0.0.1", roles: ["control-plane"], ssh }];
      const file = place.write(
        "kbs.json",
        JSON.stringify({ apiVersion: "kbs/v1", kind: "Cluster", metadata: { name: "demo" }, spec: { hosts } }),
      );
      const { code, stdout, stderr } = await run(["preflight", "-f", file, "-o", "json"], { HOME: place.at("home") });
      expect(stderr).not.toMatch(/bug:|warning: .*require/i);
      expect(stdout).toContain('"h1"');
      expect([0, 3]).toContain(code);
    } finally {
      await sshd.stop();
    }
  }, 120_000);

  test("works on the machine that it stands on: nothing there is of kbs", async () => {
    const sandbox = await startSandbox();
    try {
      expect(await sandbox.run(`${kbs} reset --yes 2>&1`)).toContain("nothing");
    } finally {
      await sandbox.stop();
    }
  }, 120_000);
});

describe("a program that is to carry a note", () => {
  test("keeps what it loads, and has the note where it looks for one", () => {
    const before = readFileSync(process.execPath);
    const after = addNote(before, "SOME_NOTE", Buffer.from("content"));
    const note = Buffer.from("SOME_NOTE\0\0\0content");
    expect(before.includes(note)).toBe(false);
    expect(after.includes(note)).toBe(true);
    const [first, last] = [4096, 2 ** 26];
    expect(after.subarray(first, last).equals(before.subarray(first, last))).toBe(true);
  });

  test("is an ELF program, or is declined", () => {
    expect(() => addNote(readFileSync(join(root, "package.json")), "SOME_NOTE", Buffer.alloc(0))).toThrow(
      "no 64 bit little endian ELF program",
    );
  });
});

test("the npm package has the built program, its licence and what its readers need, and no source", async () => {
  const folder = place.at("package");
  const sources = [...packageJson.files.filter((name) => name !== "dist"), "package.json", "LICENSE", "README.md", "docs", "scripts"];
  for (const name of sources) cpSync(join(root, name), join(folder, name), { recursive: true });
  // Stands for what a build makes.
  mkdirSync(join(folder, "dist"));
  writeFileSync(join(folder, packageJson.bin.kbs), "");
  const { stdout } = await promisify(execFile)("npm", ["pack", "--dry-run", "--json"], { cwd: folder, timeout: 60_000 });
  const [packed]: readonly { readonly files: readonly { readonly path: string }[] }[] = JSON.parse(stdout);
  expect(packed?.files.map(({ path }) => path).toSorted()).toEqual([
    "LICENSE",
    "README.md",
    "config-sample.yaml",
    "dist/main.js",
    "package.json",
    "schema/kbs-cluster.schema.json",
    "schema/kbs-events.schema.json",
  ]);
});
