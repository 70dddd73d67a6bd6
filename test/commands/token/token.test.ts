import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { answer, status } from "../../kube/local-server.ts";
import { openssl } from "../../pki/support.ts";
import { type KbsRun, runKbs, withFolder } from "../run-kbs.ts";
import { serveSecrets } from "./api.ts";

const api = serveSecrets();
const pattern = /^[a-z0-9]{6}\.[a-z0-9]{16}\n$/;
const given = "abcdef.0123456789abcdef";

const kbs = (...words: readonly string[]): Promise<KbsRun> => runKbs(["token", ...words, "--kubeconfig", api.kubeconfig()]);
const decoded = (name: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(api.stored.get(name)?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
  );

describe("kbs token create", () => {
  test("makes the Secret that kubeadm makes, and prints the token alone", async () => {
    const before = Date.now();
    const { code, stdout } = await kbs("create");
    expect(code).toBe(0);
    expect(stdout).toMatch(pattern);
    const [id = "", secret] = stdout.trim().split(".");
    const { expiration = "", ...data } = decoded(`bootstrap-token-${id}`);
    expect(data).toEqual({
      "token-id": id,
      "token-secret": secret,
      "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token",
      "usage-bootstrap-authentication": "true",
      "usage-bootstrap-signing": "true",
    });
    const day = 24 * 3600 * 1000;
    expect(Date.parse(expiration)).toBeGreaterThanOrEqual(Math.floor((before + day) / 1000) * 1000);
    expect(Date.parse(expiration)).toBeLessThanOrEqual(Date.now() + day);
    expect(api.stored.get(`bootstrap-token-${id}`)?.type).toBe("bootstrap.kubernetes.io/token");
  });

  test("takes the token, its life, uses, groups and description from the command line", async () => {
    const groups = "system:bootstrappers:rack-1,system:bootstrappers:rack-2";
    const wish = ["--ttl", "0", "--usages", "authentication", "--groups", groups, "--description", "new rack"];
    expect(await kbs("create", given, ...wish)).toMatchObject({ code: 0, stdout: `${given}\n` });
    expect(decoded("bootstrap-token-abcdef")).toEqual({
      "token-id": "abcdef",
      "token-secret": "0123456789abcdef",
      description: "new rack",
      "auth-extra-groups": groups,
      "usage-bootstrap-authentication": "true",
    });
    expect((await kbs("create", "fedcba.0123456789abcdef", "--usages", "signing")).code).toBe(0);
    expect(Object.keys(decoded("bootstrap-token-fedcba")).toSorted()).toEqual([
      "expiration",
      "token-id",
      "token-secret",
      "usage-bootstrap-signing",
    ]);
  });

  test("prints the join line, with the hash that openssl computes of the CA's key", async () => {
    const { stdout } = await kbs("create", given, "--print-join-command");
    const { directory } = api.authority();
    await openssl(directory, "x509", "-in", "ca.crt", "-pubkey", "-noout", "-out", "ca.pub");
    await openssl(directory, "pkey", "-pubin", "-in", "ca.pub", "-outform", "DER", "-out", "ca.der");
    const hash = /[0-9a-f]{64}/.exec(await openssl(directory, "dgst", "-sha256", "ca.der"))?.[0];
    const line = `kbs join 127.0.0.1:${api.server().port} --token ${given} --discovery-token-ca-cert-hash sha256:${hash}`;
    expect(stdout).toBe(`${line}\n`);
    const key = "ab".repeat(32);
    const other = await kbs("create", "fedcba.0123456789abcdef", "--print-join-command", "--certificate-key", key);
    expect(other.stdout).toBe(`${line.replace("abcdef.", "fedcba.")} --control-plane --certificate-key ${key}\n`);
  });

  test("names every CA of a kubeconfig that has several", async () => {
    const text = readFileSync(api.kubeconfig(), "utf8");
    const kubeconfig: { clusters: { cluster: Record<string, string> }[] } = parse(text);
    const [entry] = kubeconfig.clusters;
    if (!entry) throw new Error("no cluster");
    const second = await api.authority().issue("second", "/CN=second");
    entry.cluster["certificate-authority-data"] = Buffer.from(api.authority().cert + second.cert).toString("base64");
    await writeFile(api.kubeconfig(), JSON.stringify(kubeconfig));
    const { stdout } = await kbs("create", "--print-join-command");
    expect(new Set(stdout.match(/--discovery-token-ca-cert-hash sha256:[0-9a-f]{64}/g)).size).toBe(2);
  });

  test("leaves a token that is there alone", async () => {
    await kbs("create", given);
    const before = decoded("bootstrap-token-abcdef");
    const { code, stdout, stderr } = await kbs("create", "abcdef.ffffffffffffffff");
    expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
    expect(stderr).toContain("there is a bootstrap token abcdef already");
    expect(stderr).toContain("kbs token delete abcdef");
    expect(decoded("bootstrap-token-abcdef")).toEqual(before);
  });

  test("meets its own work when an answer is lost, and takes it for what it is", async () => {
    let cut = false;
    api.refuse = (asked) => {
      if (asked.method !== "POST" || cut) return false;
      cut = true;
      const secret = JSON.parse(asked.body);
      api.stored.set(secret.metadata.name, secret);
      for (const session of api.server().sessions) session.destroy();
      return true;
    };
    expect(await kbs("create", given)).toMatchObject({ code: 0, stdout: `${given}\n` });
    expect(cut).toBe(true);
  });

  test("keeps the token out of whatever is written down", () =>
    withFolder(async (folder) => {
      const log = join(folder, "kbs.log");
      const key = "cd".repeat(32);
      const words = ["create", given, "--print-join-command", "--certificate-key", key, "--log-file", log, "-vvv"];
      const { code, stderr } = await runKbs(["token", ...words, "--kubeconfig", api.kubeconfig()], { cwd: folder });
      expect(code).toBe(0);
      const written = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
      expect(written.join("")).toContain("kbs token create ***");
      for (const text of [...written, stderr]) for (const secret of ["0123456789abcdef", key]) expect(text).not.toContain(secret);
    }));
});

describe("what makes no sense is met with a sentence, before anything is asked:", () => {
  test.each([
    [["create", "abcdef"], "this is not a bootstrap token"],
    [["create", "ABCDEF.0123456789ABCDEF"], "this is not a bootstrap token"],
    [["create", "--ttl", "tomorrow"], '--ttl "tomorrow" is not a duration'],
    [["create", "--ttl=-1h"], "--ttl -1h lies in the past"],
    [["create", "--ttl", "9999999h"], "more than 292 years"],
    [["create", "--usages", "authentification"], "did you mean authentication?"],
    [["create", "--groups", "system:masters"], "begins with system:bootstrappers:"],
    [["create", "--usages", "signing", "--groups", "system:bootstrappers:x"], "without the usage authentication"],
    [["create", "--certificate-key", "ab"], "this is not a certificate key"],
    [["create", "--certificate-key", "ab".repeat(32)], "--print-join-command"],
    [["delete", "abc"], "this is not a bootstrap token"],
    [["list", "-f", "kbs.yaml"], "-f and --kubeconfig name two clusters"],
  ])("%j", async (words, sentence) => {
    const { code, stdout, stderr } = await kbs(...words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(sentence);
    expect(api.server().asked).toEqual([]);
  });
});

describe("kbs token list", () => {
  test("shows what is there, as a table and as documents that kubeadm's readers take", async () => {
    await kbs("create", given, "--ttl", "90m", "--description", "new rack");
    await kbs("create", "fedcba.0123456789abcdef", "--ttl", "0", "--usages", "signing");
    api.stored.set("other", { metadata: { name: "other" }, type: "Opaque", data: {} });
    const [heading = "", first = "", second = "", ...more] = (await kbs("list")).stdout.split("\n");
    expect(more).toEqual([""]);
    expect(heading).toMatch(/^TOKEN +TTL +EXPIRES +USAGES +DESCRIPTION +EXTRA GROUPS$/);
    expect(first).toMatch(
      /^abcdef\.0123456789abcdef {3}1h {10}\d{4}-\S+Z {3}authentication,signing +new rack +system:bootstrappers:kubeadm:/,
    );
    expect(second).toMatch(/^fedcba\.0123456789abcdef {3}<forever> {3}<never> +signing +<none> +<none>$/);
    expect(heading.indexOf("DESCRIPTION")).toBe(first.indexOf("new rack"));
    const yaml = parseAllDocuments((await kbs("list", "-o", "yaml")).stdout).map((document): unknown => document.toJS());
    expect(yaml).toMatchObject([
      {
        kind: "BootstrapToken",
        apiVersion: "output.kubeadm.k8s.io/v1alpha3",
        token: given,
        description: "new rack",
        usages: ["authentication", "signing"],
      },
      { token: "fedcba.0123456789abcdef", usages: ["signing"] },
    ]);
    const documents = (await kbs("list", "-o", "json")).stdout.split(/(?<=^\}\n)/m).map((text): unknown => JSON.parse(text));
    expect(documents).toEqual(yaml);
  });

  test("names a Secret of that type which holds no token, and shows the others", async () => {
    await kbs("create", given);
    api.stored.set("bootstrap-token-000000", {
      metadata: { name: "bootstrap-token-000000" },
      type: "bootstrap.kubernetes.io/token",
      data: { "token-id": Buffer.from("000001").toString("base64") },
    });
    const { code, stdout, stderr } = await kbs("list");
    expect(code).toBe(0);
    expect(stdout.trim().split("\n")).toHaveLength(2);
    expect(stderr).toContain("Secret kube-system/bootstrap-token-000000: its token-id does not fit its name");
  });

  test("prints nothing where there is none, and says so", async () => {
    expect(await kbs("list")).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("there are no bootstrap tokens") });
  });
});

describe("kbs token delete", () => {
  test("takes ids and whole tokens", async () => {
    await kbs("create", given);
    await kbs("create", "fedcba.0123456789abcdef");
    const { code, stdout } = await kbs("delete", given, "fedcba");
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'bootstrap token "abcdef" deleted\nbootstrap token "fedcba" deleted\n' });
    expect(api.stored.size).toBe(0);
  });

  test("says which was not there, and deletes the others", async () => {
    await kbs("create", given);
    const { code, stdout, stderr } = await kbs("delete", "000000", "abcdef");
    expect({ code, stdout }).toEqual({ code: 5, stdout: 'bootstrap token "abcdef" deleted\n' });
    expect(stderr).toContain("there is no bootstrap token 000000");
  });
});

test("kbs token generate asks nobody, and prints another token each time", async () => {
  const [one, other] = await Promise.all([runKbs(["token", "generate"]), runKbs(["token", "generate"])]);
  expect(one.stdout).toMatch(pattern);
  expect(other.stdout).toMatch(pattern);
  expect(one.stdout).not.toBe(other.stdout);
});

describe("an API that cannot be asked is told apart:", () => {
  test("there is no kubeconfig", async () => {
    const { code, stderr } = await runKbs(["token", "list", "--kubeconfig", "/nowhere/admin.conf"]);
    expect(code).toBe(2);
    expect(stderr).toContain("there is no kubeconfig /nowhere/admin.conf");
  });

  test("what is there is no kubeconfig", async () => {
    await writeFile(api.kubeconfig(), "hello: world\n");
    expect(await kbs("list")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is no kubeconfig whose current context leads to a server"),
    });
  });

  test("nobody listens", async () => {
    const { port } = api.server();
    api.server().close();
    const { code, stderr } = await kbs("list");
    expect(code).toBe(4);
    expect(stderr).toContain(`the API server at 127.0.0.1:${port} does not answer`);
  });

  test("the user may not", async () => {
    api.refuse = (asked) => {
      answer(asked, 403, status(403, "Forbidden", "secrets is forbidden"));
      return true;
    };
    const { code, stderr } = await kbs("create");
    expect(code).toBe(5);
    expect(stderr).toContain("secrets is forbidden");
    expect(stderr).toContain("use the credentials of a cluster administrator");
  });
});
