import { describe, expect, test } from "vitest";
import { redact, redactDeep } from "../../src/diagnose/redact.ts";
import { generateKey, privateKeyPem } from "../../src/pki/keys.ts";
import { secrets } from "../../src/shared/secrets.ts";

const pem = privateKeyPem(await generateKey("RSA-2048"));
const lines = pem.trim().split("\n");
const body = lines[5] ?? "";
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const jwt = `${base64('{"alg":"RS256","kid":"x"}').replaceAll("=", "")}.${base64('{"iss":"kubernetes"}').replaceAll("=", "")}.c2lnbmF0dXJl`;
const hex = "0123456789abcdef".repeat(4);

describe("a secret is taken out, and what stands around it stays", () => {
  const gone: readonly (readonly [what: string, text: string, secret: string, stays: string])[] = [
    ["a private key", `before\n${pem}after`, body, "after"],
    ["a key in a line of JSON", JSON.stringify({ error: pem, host: "h1" }), body, '{"error":'],
    ["a key whose beginning is cut off", `${lines.slice(4).join("\n")}\nafter`, body, "after"],
    [
      "a key in a journal, its beginning cut off",
      `${lines
        .slice(4)
        .map((line) => `1795268923.1 h1 cat[1]: ${line}\n`)
        .join("")}after`,
      body,
      "after",
    ],
    ["a key whose end is cut off", `before ${lines.slice(0, 9).join("\n")}`, body, "before"],
    ["a bootstrap token", 'User "abcdef.0123456789abcdef" is unknown', "0123456789abcdef", 'User "abcdef.***" is unknown'],
    ["a bearer token", "Authorization: Bearer s3cr3t-token-value", "s3cr3t-token-value", "Authorization: "],
    ["a service account's token", `token is ${jwt} here`, jwt.split(".")[1] ?? "", "token is"],
    ["a kubeconfig's key", `    client-key-data: ${base64(pem)}\n    server: x`, base64(pem).slice(0, 60), "server: x"],
    [
      "a kubeconfig in base64",
      `config=${base64(`apiVersion: v1\nkind: Config\nusers:\n- user: {token: "abcdefgh12345"}\n`)} end`,
      "ImFiY2RlZmdoMTIzNDUifQ",
      "end",
    ],
    ["a password in a URL", "proxy http://user:hunter22pass@proxy.example:3128/x", "hunter22pass", "@proxy.example:3128/x"],
    ["a token in a web address", "https://ghp_tokentoken@example.com/repo", "ghp_tokentoken", "@example.com/repo"],
    ["a certificate key", `kubeadm join --certificate-key ${hex} --v=5`, hex, "--v=5"],
    ["a certificate key in a list", `["--certificate-key","${hex}"]`, hex, "--certificate-key"],
    ["a flag with a password", "--oidc-client-secret=abcdefgh --x=1", "abcdefgh", "--x=1"],
    ["a variable with a password", "REGISTRY_PASSWORD=hunter22 ctr pull", "hunter22", "ctr pull"],
    ["a field with a password", '{"username":"bob","password":"hunter22"}', "hunter22", '"username":"bob"'],
    ["a field of YAML", "auth:\n  password: hunter22\n  user: bob\n", "hunter22", "user: bob"],
    ["data of a Secret in JSON", '{"kind":"Secret","data":{"a":"c2VjcmV0","b":"eA=="},"type":"Opaque"}', "c2VjcmV0", '"type":"Opaque"'],
    [
      "data of a Secret in YAML",
      "apiVersion: v1\nkind: Secret\ndata:\n  a: c2VjcmV0\n  b: eA==\ntype: Opaque\n",
      "c2VjcmV0",
      "type: Opaque",
    ],
  ];
  test.each(gone)("%s", (_, text, secret, stays) => {
    expect(text).toContain(secret);
    expect(redact(text)).not.toContain(secret);
    expect(redact(text)).toContain(stays);
    expect(redact(text)).toContain("***");
  });

  test("a secret that kbs knows, in every form", () => {
    secrets.add("correct-horse-battery");
    expect(redact(`x correct-horse-battery ${base64("correct-horse-battery")} y`)).toBe("x *** *** y");
  });
});

describe("what is no secret stays", () => {
  test.each([
    "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIIJ\n-----END CERTIFICATE-----",
    `containerd[1]: image sha256:${hex} was pulled`,
    "--token-auth-file=/etc/kubernetes/tokens.csv --tls-private-key-file=/etc/kubernetes/pki/apiserver.key",
    'E0101 10:00:00.0 1 run.go:72] "command failed" err="failed to create listener: bind: address already in use"',
    "ssh://root@10.0.0.11:22",
    "10.244.0.2:54544->10.77.0.1:53: read: connection refused",
    "kube-apiserver-h1_kube-system(ae9d208747b7f92342577bbcbc2a0aa5)",
    "certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJzekNDQVZtZ0F3SUJBZ0lJSgo=",
  ])("%s", (text) => expect(redact(text)).toBe(text));
});

test("a document keeps its shape", () => {
  expect(redactDeep({ a: ["http://u:hunter22pass@h/"], n: 1, b: { c: true } })).toEqual({ a: ["http://u:***@h/"], n: 1, b: { c: true } });
});

test("long lines of any kind are cleaned, too, and stay when they hold nothing", () => {
  const long = ["-", "a", "A_", "Aa1/", "a:b ", "key\n"].map((piece) => piece.repeat(40_000)).join("\n");
  expect(redact(long)).toBe(long);
  expect(redact(`${long}\n-----END RSA PRIVATE KEY-----\n`)).toContain("***");
});
