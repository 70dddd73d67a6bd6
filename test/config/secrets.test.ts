import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig, resolveSecrets } from "../../src/config/load.ts";
import { secrets } from "../../src/shared/secrets.ts";
import { failure, load, minimal } from "./read.ts";

const folder = mkdtempSync(join(tmpdir(), "kbs-secrets-"));
writeFileSync(join(folder, "password"), "from-a-file\n");

const loadFile = (more: string, env: Record<string, string> = {}, mode = 0o600): ReturnType<typeof loadConfig> => {
  const path = join(folder, "cluster.yaml");
  writeFileSync(path, minimal(more));
  chmodSync(path, mode);
  return loadConfig(path, { env });
};

describe("references", () => {
  test.each([
    ["env:KBS_SECRET", "from-the-environment"],
    ["file:password", "from-a-file"],
    ["cmd:echo from-a-command", "from-a-command"],
    ['cmd:printf %s-shell "${KBS_SHELL}"', "through-shell"],
  ])("%s is looked up late and masked from then on", async (reference, secret) => {
    const env = { KBS_SECRET: "from-the-environment", KBS_SHELL: "through", PATH: process.env["PATH"] ?? "" };
    const { cluster, warnings } = await loadFile(
      `  ssh: { password: '${reference}', jumpHosts: [{ host: j, password: '${reference}' }] }`,
      env,
    );
    expect(warnings).toEqual([]);
    expect(cluster.hosts[0]?.ssh.password).toBe(reference);
    const { hosts } = await resolveSecrets(cluster, env);
    expect(hosts[0]?.ssh.password).toBe(secret);
    expect(hosts[0]?.ssh.jumpHosts?.[0]?.password).toBe(secret);
    expect(secrets.mask(`the word is ${secret}!`)).toBe("the word is ***!");
  });

  test("each that leads nowhere is named, and no output of a command is", async () => {
    const { cluster } = await loadFile(
      "  ssh: { password: env:KBS_NONE, sudoPassword: 'cmd:echo leaked-text; exit 3', passphrase: file:none, identityFile: k }",
    );
    const message = await resolveSecrets(cluster, { PATH: process.env["PATH"] }).then(String, (error: Error) => error.message);
    expect(message).toContain("host n1: ssh.password: the environment variable KBS_NONE is not set");
    expect(message).toContain("host n1: ssh.sudoPassword: the command");
    expect(message).toContain("ended with 3");
    expect(message).toContain("host n1: ssh.passphrase: the file none cannot be read (ENOENT)");
    expect(message.replaceAll("echo leaked-text", "")).not.toContain("leaked-text");
  });
});

describe("a secret that is written out", () => {
  test("is accepted with a warning that names the references", async () => {
    const { warnings } = await loadFile("  ssh: { password: plain-secret-1, sudoPassword: plain-secret-2 }");
    expect(warnings).toMatchObject([
      {
        severity: "warning",
        path: "spec.ssh.password",
        message: "is written out in the file (as one more secret below)",
        hint: "env:NAME, file:PATH or cmd:COMMAND keep it out",
      },
    ]);
  });

  test("in a file that others can read is told so", async () => {
    const { warnings } = await loadFile("  ssh: { password: plain-secret-1 }", {}, 0o644);
    expect(warnings[0]?.message).toBe("is written out in the file, which other users of this machine can read");
    expect(warnings[0]?.hint).toContain("chmod 600");
  });

  test("is masked from then on, from ${NAME} too, which needs no warning", async () => {
    const { cluster, warnings } = await load(minimal("  ssh: { password: '${KBS_P}' }"), { KBS_P: "from-interpolation" });
    expect(warnings).toEqual([]);
    expect(cluster.hosts[0]?.ssh.password).toBe("from-interpolation");
    expect(secrets.mask("x from-interpolation")).toBe("x ***");
  });

  test.each([
    ["another problem on its line", "  ssh: { prot: 1, password: canary-7f3a9b }"],
    ["a misspelt key", "  ssh: { passwrod: canary-7f3a9b }"],
    ["a key short of an s", "  ssh: { pasword: canary-7f3a9b }"],
    ["a key short of another", "  ssh: { pasphrase: canary-7f3a9b }"],
    ["a long misspelt key", "  ssh: { sudoPasword: canary-7f3a9b }"],
    ["a misspelt key on a broken line", "  ssh: { pasword: canary-7f3a9b, user: [ }"],
    ["a URL in place of a name", "  supply: { imageRepository: 'https://u:canary-7f3a9b@reg.example.com/a' }"],
    ["a long URL", "  supply: { imageRepository: 'https://a-user-whose-name-is-rather-long:canary-7f3a9b@reg.example.com/a' }"],
    ["a URL with an @ too many", "  supply: { imageRepository: 'https://u:p@canary-7f3a9b@reg.example.com/a' }"],
    ["a URL of etcd", "  etcd: { mode: external, external: { endpoints: ['https://u:canary-7f3a9b@10.0.0.31:x'] } }"],
    ["an address", "  ssh: { jumpHosts: [{ host: 'u:canary-7f3a9b@10.0.0.2' }] }"],
    ["a user", "  ssh: { user: 'u:canary-7f3a9b' }"],
    ["a star before it", "  ssh:\n    password: *canary-7f3a9b"],
    ["an exclamation mark before it", "  ssh:\n    password: !canary-7f3a9b"],
    ["an ampersand before it", "  ssh:\n    password: &canary-7f3a9b x\n    prot: 1"],
    ["a list in its place", "  ssh: { password: [canary-7f3a9b] }"],
    ["a syntax error on its line", "  ssh: { password: canary-7f3a9b, user: [ }"],
    ["a tab before it", "\tpassword: canary-7f3a9b"],
    ["a block of lines", "  ssh:\n    password: |\n      canary-7f3a9b\n    prot: 1"],
    ["a jump host", "  ssh: { jumpHosts: ['ops:canary-7f3a9b@bastion'] }"],
    ["a duplicate", "  ssh: { password: canary-7f3a9b, password: canary-7f3a9b }"],
  ])("is not shown with %s", async (_, more) => {
    // Another one each time: what one case has registered would be masked in the next.
    const canary = `canary-${randomBytes(3).toString("hex")}`;
    const { message } = await failure(minimal(more.replaceAll("canary-7f3a9b", canary)));
    expect(message).not.toContain(canary);
  });

  test.each([
    ["what says where a secret is", "  ssh: { pasword: env:KBS_PLACE }", "env:KBS_PLACE"],
    ["a setting that is called by a secret", "  kubernetes: { apiServer: { extraArgs: { token-auth-file: /etc/tokens } } }", "/etc/tokens"],
    [
      "an image by its digest",
      "  kubernetes: { kubelet: { image: 'registry.example.com/pause:v3.10.17@sha256:0123' } }",
      "pause:v3.10.17@",
    ],
    ["a key near another one", "  ssh: { uesr: innocent-user }", "innocent-user"],
  ])("leaves %s readable", async (_, more, text) => {
    await load(minimal(more)).catch((error: unknown) => error);
    expect(secrets.mask(text)).toBe(text);
  });
});

describe("${NAME}", () => {
  test("is filled in, with a default, or stays with $${", async () => {
    const more = "  kubernetes: { clusterName: 'a-${KBS_A}-${KBS_B:-b}', kubelet: { podLogsDir: '$${KBS_A}' } }";
    const { cluster } = await load(minimal(more), { KBS_A: "1" });
    expect(cluster.kubernetes.clusterName).toBe("a-1-b");
    expect(cluster.kubernetes.kubelet).toEqual({ podLogsDir: "${KBS_A}" });
  });

  test("stands for a number where one is wanted", async () => {
    const { cluster } = await load(minimal("  ssh: { port: '${KBS_PORT}', agent: '${KBS_AGENT}' }"), {
      KBS_PORT: "2222",
      KBS_AGENT: "false",
    });
    expect(cluster.hosts[0]?.ssh).toMatchObject({ port: 2222, agent: false });
  });

  test("cannot smuggle structure into the file", async () => {
    const { cluster } = await load(minimal("  kubernetes: { kubelet: { podLogsDir: '${KBS_A}' } }"), { KBS_A: "a\nkind: Other" });
    expect(cluster.kubernetes.kubelet).toEqual({ podLogsDir: "a\nkind: Other" });
  });
});
