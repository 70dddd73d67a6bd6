import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readKubeadmText } from "../../../src/config/kubeadm/index.ts";
import { ConfigError, formatProblems } from "../../../src/config/problems.ts";
import { tell } from "../tell.ts";
import { badFiles, init, join as joining } from "./bad-files.ts";

const expected: unknown = JSON.parse(readFileSync(join(import.meta.dirname, "bad-expected.json"), "utf8"));

const problemsOf = (text: string) => {
  try {
    readKubeadmText({ name: "kubeadm.yaml", text, openToOthers: false });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

describe("a bad file of kubeadm's is refused with its places and sentences", () => {
  test("there are at least a hundred ways to be wrong, and a sentence for each", () => {
    expect(Object.keys(badFiles).length).toBeGreaterThanOrEqual(100);
    expect(expected).toHaveProperty(["several at once"]);
    expect(Object.keys(expected ?? {})).toEqual(Object.keys(badFiles));
  });

  test.each(Object.entries(badFiles))("%s", (name, text) => {
    const told = problemsOf(text).map(tell);
    expect(told).not.toEqual([]);
    expect(expected).toHaveProperty([name], told);
  });
});

describe("a token or key is shown nowhere", () => {
  const secretOf = "0123456789abcdeg";
  test.each([
    ["of init", init(`bootstrapTokens: [{ token: abcdef.${secretOf}X, ttl: 1d }]`)],
    ["of a join", joining(`discovery: { bootstrapToken: { token: abcdef.${secretOf}X }, tlsBootstrapToken: a.${secretOf} }`)],
    ["with a misspelt name", init(`bootstrapTokens: [{ tokn: abcdef.${secretOf} }]`)],
    ["for certificates", init(`certificateKey: ${secretOf}`)],
    ["as a number", init("certificateKey: 4711471147114711")],
    ["in a file that is no YAML", init(`bootstrapTokens: [{ token: abcdef.${secretOf}: }]`)],
  ])("%s", (_, text) => {
    const problems = problemsOf(text);
    const told = formatProblems(problems, { color: false });
    expect(problems).not.toEqual([]);
    expect(told).not.toContain(secretOf);
    expect(told).not.toContain("4711471147114711");
  });

  test("what stands beside a token is shown", () => {
    const [problem] = problemsOf(
      joining(
        "discovery:\n  bootstrapToken:\n    token: abcdef.0123456789abcdef\n    apiServerEndpoint: ten.0.0.1\n    unsafeSkipCAVerification: true",
      ),
    );
    expect(problem?.excerpt).toBe("    apiServerEndpoint: ten.0.0.1");
  });
});
