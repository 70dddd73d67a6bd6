import { createHash, randomBytes } from "node:crypto";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import type { HostChange } from "../../../src/changes/change.ts";
import { compileChanges } from "../../../src/changes/compile.ts";
import { loader } from "../../../src/changes/sh/loader.ts";
import { quote } from "../../../src/shared/quote.ts";
import type { RealBody } from "./bodies.ts";
import { beginRun, type Run } from "./body.ts";

/** Values that end a word, a line, a quotation or a pattern somewhere. */
const nasty: readonly string[] = [
  "",
  " ",
  "it's",
  `"double"`,
  "$(touch /srv/pwned)",
  "`touch /srv/pwned`",
  "${HOME}",
  "\\",
  "\\n",
  "\\'",
  "a\nb",
  "\n",
  "*",
  "?[a-z]",
  "-n",
  "--",
  "#",
  "!",
  "a;b",
  "a&b|c",
  "~root",
  "%s%n",
  "žluťoučký 猫",
  "\u0001\u001b[31m",
  "'; rm -rf /srv/*; '",
];

type Input = Buffer | AsyncIterable<Uint8Array>;

/** Runs a script and gives its exit code and what it printed. */
const runs = async ({ host, ticket }: Run, script: string, input?: Input): Promise<readonly [number, string]> => {
  const { records } = await host.send({ kind: "run", script, ticket, ...(input && { input }) });
  return [records[0]?.code ?? -1, records[0]?.output.toString() ?? ""];
};

async function* pieces(): AsyncGenerator<Buffer> {
  for (let count = 0; count < 64; count++) yield Buffer.alloc(65_536, 120);
}

export const streamCases = (body: () => RealBody): void => {
  describe("a value", () => {
    test("that ends a word, a line, a quotation or a pattern somewhere reaches a script as it is", async () => {
      const run = await beginRun(body());
      const separator = "\n-- next --\n";
      const script = nasty.map((value) => `printf '[%s]' ${quote(value)} x${quote(value)}y; printf '\n-- next --\n'`).join("\n");
      const [code, said] = await runs(run, script);
      expect(code).toBe(0);
      expect(said.split(separator).slice(0, -1)).toEqual(nasty.map((value) => `[${value}][x${value}y]`));
      // Through a script within a script, as commands and questions travel.
      const commands = nasty.map((value, nth): HostChange => {
        const check = `printf '[%s]\\n' ${quote(value)} | tail -n 1; false`;
        return { kind: "command", name: `tell ${nth}`, check, apply: "true" };
      });
      expect(await run.check(...commands)).toEqual(nasty.map((value) => ["differs", `[${value}]`.split("\n").at(-1)]));
      expect(body().files.tree("/srv")).toEqual({});
    });

    test("that no word can hold is refused", () => {
      expect(() => quote("a\0b")).toThrow(RangeError);
    });

    test("reaches settings, names of units and inputs as it is", async () => {
      const run = await beginRun(body());
      const wishes = nasty.flatMap((value): HostChange[] => [
        { kind: "sysctl", key: "net.ipv4.ip_forward", value: `no number ${value}` },
        { kind: "service", unit: `no-such${value}.service`, inputs: [`/srv/${value}`] },
        { kind: "static-pod", name: value, inputs: [value] },
        { kind: "module", name: `no_such${value}` },
      ]);
      expect((await run.check(...wishes)).map(([state]) => state)).toEqual(wishes.map(() => "differs"));
      expect(body().files.tree("/srv")).toEqual({});
    });
  });

  describe("a question", () => {
    test("is answered with all that it printed and its exit code, beside others that fail or take too long", async () => {
      const { host } = await body().operator();
      const { records } = await host.send({
        kind: "ask",
        questions: [
          { id: "lines", script: "printf 'a\\n\\nb\\n\\n'" },
          { id: "fails", script: "echo no >&2; exit 9" },
          { id: "hangs", script: "echo begun; sleep 100", within: 2 },
          { id: "input", script: "cat | wc -c" },
          { id: "noise", script: "head -c 300000 /dev/zero | tr '\\0' x" },
        ],
      });
      expect(records.map(({ state, code, output }) => [state, code, output.toString().slice(0, 10)])).toEqual([
        ["answer", 0, "a\n\nb\n\n"],
        ["answer", 9, "no\n"],
        ["answer", 124, "begun\n"],
        ["answer", 0, "0\n"],
        ["answer", 0, "xxxxxxxxxx"],
      ]);
      expect(records[4]?.output).toHaveLength(300_000);
    });

    test("is not misled by an answer that looks like a record", async () => {
      const { host } = await body().operator();
      const script =
        "tr '\\0' '\\n' </proc/$PPID/environ | head -n 2; echo 00000000000000000000000000000000 0 answer 0 3; echo abc; printf '%s 1 failed 1 2\\nxx\\n' \"$n\"";
      const { records } = await host.send({
        kind: "ask",
        questions: [
          { id: "a", script },
          { id: "b", script: "echo b" },
        ],
      });
      expect(records.map(({ index, state }) => [index, state])).toEqual([
        [0, "answer"],
        [1, "answer"],
      ]);
      expect(records[1]?.output.toString()).toBe("b\n");
    });
  });

  describe("a script's input", () => {
    test.each([
      ["nothing", Buffer.alloc(0)],
      ["NUL bytes and no newline", Buffer.from([0, 10, 0, 255])],
      ["4 MiB of noise", randomBytes(4 * 1024 * 1024)],
    ])("of %s arrives byte for byte", async (_, input) => {
      const run = await beginRun(body());
      const [code, sum] = await runs(run, "sha256sum | cut -c1-64", input);
      expect([code, sum.trim()]).toEqual([0, createHash("sha256").update(input).digest("hex")]);
    });

    test("may be a stream, and may be left unread", async () => {
      const run = await beginRun(body());
      expect(await runs(run, "wc -c", pieces())).toEqual([0, `${64 * 65_536}\n`]);
      expect(await runs(run, "echo done; exit 4", pieces())).toEqual([4, "done\n"]);
      expect(await runs(run, "cat | wc -c")).toEqual([0, "0\n"]);
    });
  });

  describe("a stream that is cut", () => {
    test("anywhere before the end of its script runs nothing of it", async () => {
      const run = await beginRun(body());
      const transport = await body().transport();
      body().files.mkdir("/srv");
      const changes: HostChange[] = [{ kind: "file", path: "/srv/f", content: "x".repeat(100), mode: 0o600 }];
      const { script } = compileChanges({ kind: "change", reading: "apply", ticket: run.ticket, changes });
      const digest = createHash("sha256").update(script).digest("hex");
      const whole = Buffer.from(`${"0".repeat(32)} ${Buffer.byteLength(script)} ${digest}\n${script}`);
      const cuts = [0, 1, 31, 32, 33, 40, 80, whole.length - script.length - 1, whole.length - script.length, whole.length - 1];
      for (let step = 1; step < 10; step++) cuts.push(Math.floor((whole.length * step) / 10));
      for (const length of cuts) {
        const shell = await transport.start(loader);
        shell.stdin.end(whole.subarray(0, length));
        const said = await text(shell.stdout);
        expect([said, (await shell.ended).code], `after ${length} bytes`).toEqual([
          "",
          expect.toSatisfy((code) => code === 97 || code === 98),
        ]);
      }
      expect(body().files.tree("/srv")).toEqual({});
      expect(body().files.read("/var/lib/kbs/journal")).toBeUndefined();
      await transport.close();
    });

    test("inside the content of a file leaves the file as it was, and nothing half-written under its name", async () => {
      const run = await beginRun(body());
      const transport = await body().transport();
      body().files.write("/srv/f", "old", 0o600);
      const content = randomBytes(300_000);
      const changes: HostChange[] = [{ kind: "file", path: "/srv/f", content, mode: 0o600 }];
      const { script } = compileChanges({ kind: "change", reading: "apply", ticket: run.ticket, changes });
      const digest = createHash("sha256").update(script).digest("hex");
      const whole = Buffer.concat([Buffer.from(`${"0".repeat(32)} ${Buffer.byteLength(script)} ${digest}\n${script}`), content]);
      for (const missing of [content.length, content.length - 1, 150_000, 1]) {
        const shell = await transport.start(loader);
        shell.stdin.end(whole.subarray(0, whole.length - missing));
        expect(await text(shell.stdout)).toContain("the content arrived damaged");
        expect(body().files.read("/srv/f")?.toString()).toBe("old");
        expect(Object.keys(body().files.tree("/srv"))).toEqual(["f"]);
      }
      // One byte wrong on its way is as bad as one that is missing.
      const shell = await transport.start(loader);
      whole[whole.length - 1] = (whole.at(-1) ?? 0) ^ 1;
      shell.stdin.end(whole);
      expect(await text(shell.stdout)).toContain("the content arrived damaged");
      expect(body().files.read("/srv/f")?.toString()).toBe("old");
      await transport.close();
    });
  });

  test("no value, no content, and no secret is in the words of any process of a host", async () => {
    const run = await beginRun(body());
    body().files.mkdir("/srv");
    const seen = "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline; echo; done >>/srv/seen; true";
    const secret = "s3cr3t-in-a-file";
    await run.apply(
      { kind: "command", name: "look", check: "false", apply: seen },
      { kind: "file", path: "/srv/f", content: secret, mode: 0o600, secret: true },
      { kind: "command", name: "look again", check: "false", apply: seen },
    );
    const words = body().files.read("/srv/seen")?.toString() ?? "";
    expect(words).toContain("umask 077");
    expect(words).not.toContain(secret);
    expect(words).not.toContain("/srv/f");
  });
};
