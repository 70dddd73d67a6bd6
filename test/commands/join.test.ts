import { describe, expect, test } from "vitest";
import { runKbs } from "./run-kbs.ts";

const token = "abcdef.0123456789abcdef";
const hash = `sha256:${"a".repeat(64)}`;
const pin = "--discovery-token-ca-cert-hash";

describe("kbs join, before it looks at anything", () => {
  test.each([
    [[], "kbs join which cluster? The address of its API server is missing"],
    [["10.0.0.11"], "10.0.0.11: the port of the API server is missing"],
    [["10.0.0.11:6443"], "the token is missing by which the cluster is known: --token"],
    [["10.0.0.11:6443", "--token", token], "--discovery-token-ca-cert-hash is missing"],
    [["10.0.0.11:6443", "--token", token, pin, "sha256:12"], '"sha256:12" has 2 characters behind sha256:, not 64'],
    [["10.0.0.11:6443", "--token", token, pin, hash, pin, "x"], '"x" does not begin with sha256:'],
    [["10.0.0.11:6443", "--discovery-file", "c.conf"], "10.0.0.11:6443: --discovery-file says already which cluster it is"],
    [["--discovery-file", "c.conf", pin, hash], "--discovery-token-ca-cert-hash: --discovery-file says already"],
    [["10.0.0.11:6443", "--token", token, pin, hash, "--control-plane"], "--control-plane is not there yet"],
  ])("%j is met with what is wrong", async (words, sentence) => {
    const { code, stdout, stderr } = await runKbs(["join", ...words]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain(token);
  });

  test.each(["--token", "--discovery-token", "--tls-bootstrap-token"])("%s that is no token is named, and not shown", async (flag) => {
    const { code, stderr } = await runKbs(["join", "10.0.0.11:6443", flag, "Abcdef.0123456789abcdeX"]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${flag}: this is not a bootstrap token`);
    expect(stderr).not.toContain("0123456789abcdeX");
  });
});
