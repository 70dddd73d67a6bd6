import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type JoinValues, joinOptions } from "../../src/commands/join/flags.ts";
import { wishOf } from "../../src/commands/join/wish.ts";
import { runKbs, withFolder } from "./run-kbs.ts";

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
    [
      ["10.0.0.11:6443", "--token", token, pin, hash, "--control-plane", "--certificate-key", "5e"],
      "--certificate-key: this is not a certificate key",
    ],
    [["10.0.0.11:6443", "--token", token, pin, hash, "--apiserver-bind-port", "0"], '--apiserver-bind-port "0" is not a port'],
    [["--config", "-"], "kbs join reads a file, not standard input"],
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

const file = (more: string): string => `apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery: { bootstrapToken: { token: ${token}, apiServerEndpoint: "10.0.0.11:6443", caCertHashes: ["${hash}"] } }
${more}
`;

/** What flags ask for beside a file of kubeadm's. */
const wishWith = (text: string, typed: Readonly<Record<string, string>> = {}, word = "") =>
  withFolder(async (folder) => {
    const path = join(folder, "join.yaml");
    writeFileSync(path, text, { mode: 0o600 });
    const given: Readonly<Record<string, string | undefined>> = { ...typed, config: path };
    const values = Object.fromEntries(Object.entries(joinOptions).map(([name, option]) => [name, option.read(given[name], name)]));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each is read by its own option
    return await wishOf(values as unknown as JoinValues, word);
  });

describe("kubeadm's file", () => {
  test("says all that flags say", async () => {
    const key = "5e".repeat(32);
    const more = `nodeRegistration: { name: cp2, ignorePreflightErrors: [Swap] }\ncontrolPlane: { certificateKey: ${key} }\ndryRun: true`;
    expect(await wishWith(file(more))).toMatchObject({
      discovery: { by: "token", endpoint: { host: "10.0.0.11", port: 6443 }, pins: [hash] },
      nodeName: "cp2",
      controlPlane: { certificateKey: key },
      ignorePreflight: ["Swap"],
      dryRun: true,
    });
  });

  test("yields to --node-name, takes what is to be ignored from both, and refuses whatever it says itself", async () => {
    const typed = { "node-name": "w9", "ignore-preflight-errors": "NumCPU" };
    const more = "nodeRegistration: { name: w1, ignorePreflightErrors: [Swap] }";
    expect(await wishWith(file(more), typed)).toMatchObject({ nodeName: "w9", ignorePreflight: ["NumCPU", "Swap"] });
    await expect(wishWith(file(""), { "control-plane": "true", token })).rejects.toThrow(
      "--token, --control-plane cannot be given beside --config",
    );
    await expect(wishWith(file(""), {}, "10.0.0.11:6443")).rejects.toThrow("10.0.0.11:6443 cannot be given beside --config");
  });

  test("of kbs's own leaves the rest to the flags, which are told where a worker has no use for them", async () => {
    const own = "apiVersion: kbs/v1\nkind: Cluster\nmetadata: { name: demo }\nspec: {}\n";
    const typed = { token, "discovery-token-ca-cert-hash": hash, "apiserver-bind-port": "7443" };
    const wish = await wishWith(own, typed, "10.0.0.11:6443");
    expect(wish).toMatchObject({ controlPlane: undefined, config: expect.stringContaining("join.yaml") });
    expect(wish.warnings).toEqual([expect.stringContaining("--apiserver-bind-port: not used, since --control-plane is not given")]);
  });
});
