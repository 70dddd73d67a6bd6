import { expect, test } from "vitest";
import { parse } from "yaml";
import { toYaml } from "../../src/templates/yaml.ts";
import { random } from "../support/random.ts";

const versions = ["1.1", "1.2"] as const;

const words = [
  "",
  "~",
  "null",
  "Null",
  "y",
  "N",
  "yes",
  "Off",
  "true",
  "TRUE",
  "0x1f",
  "0b11",
  "0o17",
  "017",
  "1_000",
  "1:30",
  "190:20:30.15",
];
const numbers = [".5", "-.inf", ".NaN", "+1", "1e3", "2001-12-14", "2001-12-14t21:59:43.10-05:00", "1.30", "00", "-", "+", ".", "-0"];

test("a text is read as that text, whatever it looks like", () => {
  const next = random(1);
  const letters = "0123456789abefinotruxyNYTEz_~.+:-";
  const drawn = Array.from({ length: 5_000 }, () => {
    const length = 1 + Math.floor(next() * 6);
    return Array.from({ length }, () => letters[Math.floor(next() * letters.length)]).join("");
  });
  const texts = [...words, ...numbers, ...drawn];
  const written = toYaml(texts);
  for (const version of versions) expect(parse(written, { version })).toEqual(texts);
});

test.each([
  ["1.30", '"1.30"'],
  ["on", '"on"'],
  ["", '""'],
  ["docker.io/etcd:3.6", "docker.io/etcd:3.6"],
  ["a: b", "'a: b'"],
])("%s is quoted as Go does it: %s", (text, written) => {
  expect(toYaml({ key: text })).toBe(`key: ${written}\n`);
});
