import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, readFileSync, statSync } from "node:fs";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { HostKeyRules } from "../../../src/host/ssh/hop.ts";
import { fingerprint, hostKeyAlgorithms, judgeHostKey } from "../../../src/host/ssh/host-key.ts";
import { knownKeys } from "../../../src/host/ssh/known-hosts.ts";
import { appendKnownHost } from "../../../src/host/ssh/known-hosts-append.ts";
import { fingerprintOf, hostKeyOf, makeKey, makePlace } from "./sshd.ts";

const place = makePlace();
afterAll(place.remove);
const [ed, other, rsa, ecdsa] = [
  makeKey(place, "ed"),
  makeKey(place, "other"),
  makeKey(place, "rsa", ["-t", "rsa", "-b", "2048"]),
  makeKey(place, "ecdsa", ["-t", "ecdsa"]),
];
const blob = (path: string): Buffer => Buffer.from(hostKeyOf(path).split(" ")[1] ?? "", "base64");
const known = place.at("known");
const rules = (host: string, port = 22): HostKeyRules => ({
  lookUp: port === 22 ? host : `[${host}]:${port}`,
  ...(port === 22 ? {} : { plain: host }),
  userFiles: [known],
  globalFiles: [],
  unknown: "refuse",
  hash: false,
});

/** The lines that ssh-keygen finds for a name: the oracle. */
const linesBySshKeygen = (name: string): number[] =>
  [...spawnSync("ssh-keygen", ["-F", name, "-f", known], { encoding: "utf8" }).stdout.matchAll(/ found: line (\d+)/g)].map(([, line]) =>
    Number(line),
  );

describe("a name is found where ssh-keygen -F finds it:", () => {
  const lines = [
    `plain ${hostKeyOf(ed)}`,
    `a,b,10.0.0.1 ${hostKeyOf(ed)} with a comment`,
    `*.example.com,!bad.example.com ${hostKeyOf(rsa)}`,
    `[plain]:2222 ${hostKeyOf(other)}`,
    `[*.example.com]:2222,[10.0.0.?]:22?? ${hostKeyOf(ecdsa)}`,
    `10.0.0.* ${hostKeyOf(ecdsa)}`,
    `# plain ${hostKeyOf(ed)}`,
    "",
    `UPPER.Example.com ${hostKeyOf(ed)}`,
    `fd00::1 ${hostKeyOf(ed)}`,
    `broken ssh-ed25519 AAAAnonsense`,
    `mismatch ssh-rsa ${hostKeyOf(ed).split(" ")[1]}`,
    `  indented   ${hostKeyOf(ed).replace(" ", "\t")}`,
    `a.b ${hostKeyOf(ed)}`,
  ];
  const names = [
    "plain",
    "a",
    "b",
    "10.0.0.1",
    "10.0.0.12",
    "x.example.com",
    "bad.example.com",
    "[plain]:2222",
    "[x.example.com]:2222",
    "[10.0.0.7]:2200",
    "upper.example.com",
    "fd00::1",
    "indented",
    "axb",
    "unknown",
  ];

  test("plain, with wildcards, negated, with ports", () => {
    place.write("known", `${lines.join("\n")}\n`);
    for (const name of names) expect([name, knownKeys(name, [known]).map(({ line }) => line)]).toEqual([name, linesBySshKeygen(name)]);
  });

  test("but not in a line whose key cannot be read: ssh itself leaves such a line out", () => {
    place.write("known", `${lines.join("\n")}\n`);
    expect(["broken", "mismatch"].flatMap((name) => knownKeys(name, [known]))).toEqual([]);
  });

  test("hashed by ssh-keygen -H", () => {
    place.write("known", [lines[0], lines[3], `c,d ${hostKeyOf(rsa)}`, ""].join("\n"));
    execFileSync("ssh-keygen", ["-H", "-f", known], { stdio: "ignore" });
    expect(readFileSync(known, "utf8")).not.toContain("plain");
    for (const name of ["plain", "[plain]:2222", "c", "d", "unknown"]) {
      const ours = knownKeys(name, [known]).map(({ line }) => line);
      expect([name, ours]).toEqual([name, linesBySshKeygen(name)]);
      expect(ours.length).toBe(name === "unknown" ? 0 : 1);
    }
  });
});

describe("a key is judged:", () => {
  test("known, changed, unknown", () => {
    place.write("known", `h ${hostKeyOf(ed)}\nh ${hostKeyOf(rsa)}\n`);
    expect(judgeHostKey(blob(ed), rules("h")).kind).toBe("known");
    expect(judgeHostKey(blob(rsa), rules("h")).kind).toBe("known");
    expect(judgeHostKey(blob(other), rules("h"))).toMatchObject({ kind: "changed", known: { line: 1 } });
    expect(judgeHostKey(blob(ed), rules("g")).kind).toBe("unknown");
  });

  test("a key of another type than those known counts as changed, as with OpenSSH", () => {
    place.write("known", `h ${hostKeyOf(rsa)}\n`);
    expect(judgeHostKey(blob(ecdsa), rules("h"))).toMatchObject({ kind: "changed", known: { type: "ssh-rsa" } });
  });

  test("@revoked beats every other line, in any file, and only for its own key", () => {
    place.write("known", `h ${hostKeyOf(ed)}\n`);
    const global = place.write("global", `@revoked * ${hostKeyOf(ed)}\n`);
    const both = { ...rules("h"), globalFiles: [global] };
    expect(judgeHostKey(blob(ed), both)).toMatchObject({ kind: "revoked", known: { file: global, line: 1 } });
    expect(judgeHostKey(blob(other), both).kind).toBe("changed");
  });

  test("@cert-authority lines do not make a key known, and are named", () => {
    place.write("known", `@cert-authority *.example.com ${hostKeyOf(ed)}\n`);
    expect(judgeHostKey(blob(ed), rules("x.example.com"))).toMatchObject({ kind: "unknown", authorities: [{ line: 1 }] });
    expect(judgeHostKey(blob(ed), rules("elsewhere"))).toMatchObject({ kind: "unknown", authorities: [] });
  });

  test("with another port than 22, a line without port is good when it has that very key", () => {
    place.write("known", `h ${hostKeyOf(ed)}\n`);
    expect(judgeHostKey(blob(ed), rules("h", 2222)).kind).toBe("known");
    expect(judgeHostKey(blob(other), rules("h", 2222)).kind).toBe("unknown");
  });

  test("the types that are known are asked for first", () => {
    place.write("known", `h ${hostKeyOf(rsa)}\nh ${hostKeyOf(ecdsa)}\n@revoked h ${hostKeyOf(ed)}\n`);
    expect(hostKeyAlgorithms(rules("h"))).toEqual([
      "ecdsa-sha2-nistp256",
      "rsa-sha2-512",
      "rsa-sha2-256",
      "ssh-ed25519",
      "ecdsa-sha2-nistp384",
      "ecdsa-sha2-nistp521",
    ]);
    expect(hostKeyAlgorithms(rules("unknown"))[0]).toBe("ssh-ed25519");
  });

  test("its fingerprint is the one that ssh-keygen shows", () => {
    for (const key of [ed, rsa, ecdsa]) expect(fingerprint(blob(key))).toBe(fingerprintOf(key));
  });
});

describe("a new key is written down", () => {
  beforeEach(() => place.write("known", ""));

  test("so that ssh-keygen finds it, plain and hashed, behind a last line without an end", async () => {
    place.write("known", `first ${hostKeyOf(rsa)}`);
    await appendKnownHost(known, "[h]:2222", blob(ed), false);
    await appendKnownHost(known, "secret", blob(other), true);
    expect(["first", "[h]:2222", "secret"].map(linesBySshKeygen)).toEqual([[1], [2], [3]]);
    expect(readFileSync(known, "utf8")).not.toContain("secret");
  });

  test("whole, when twenty are written at once", async () => {
    const names = Array.from({ length: 20 }, (_, index) => `host-${index}`);
    await Promise.all(names.map((name) => appendKnownHost(known, name, blob(ed), false)));
    for (const name of names) expect(linesBySshKeygen(name)).toHaveLength(1);
  });

  test("into a file that only its owner can read, and an existing mode is left alone", async () => {
    await appendKnownHost(place.at("new/known"), "h", blob(ed), false);
    expect([statSync(place.at("new")).mode & 0o777, statSync(place.at("new/known")).mode & 0o777]).toEqual([0o700, 0o600]);
    chmodSync(known, 0o644);
    await appendKnownHost(known, "h", blob(ed), false);
    expect(statSync(known).mode & 0o777).toBe(0o644);
  });
});
