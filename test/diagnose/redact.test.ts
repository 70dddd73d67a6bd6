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
    ["a field of YAML with a comment", "auth:\n  secret: aGVsbG8= # of bob\n  user: bob\n", "aGVsbG8=", "user: bob"],
    ["a field of YAML with spaces", "  - password: correct horse battery\n    user: bob\n", "correct horse battery", "user: bob"],
    ["a field without quotes", "{User:bob Password:hunter22 Port:1}", "hunter22", "{User:bob Password:*** Port:1}"],
    ["a field in the middle of a line", "1.2 h1 cat[1]: password: hunter", "hunter", "h1 cat[1]: password: "],
    ["a token in the middle of a line", "1.2 h1 cat[1]: token: a1b2c3", "a1b2c3", "h1 cat[1]: token: "],
    ["an annotation", '{"example.com/api-token":"hunter22","a":1}', "hunter22", ',"a":1}'],
    ["an annotation of YAML", "  example.com/api-token: hunter22\n  a: b", "hunter22", "a: b"],
    ["a field of JSON within JSON", '{"a":"{\\"password\\":\\"hunter22\\",\\"b\\":1}"}', "hunter22", ',\\"b\\":1}"}'],
    ["a password by its name", "password=hunter22", "hunter22", "password="],
    ["one of several words", "user=kube password=hunter22 host=db", "hunter22", "user=kube password=*** host=db"],
    ["a password in quotes", 'password="hunter22" ok', "hunter22", '="***" ok'],
    ["a password with spaces and quotes", 'password="hunter \\"22 x" ok', "22 x", '="***" ok'],
    ["a variable with spaces", 'SECRET_TOKEN="abc def" ctr pull', "def", "ctr pull"],
    ["a variable with a quote in it", `DB_PASSWORD=hun"ter'22 ctr pull`, "ter", "ctr pull"],
    ["a flag with spaces", "--password 'hunter 22' --x=1", "22", "--x=1"],
    ["a flag on a further line of a text of JSON", '"join \\n\\t--password hunter22 --x=1"', "hunter22", "--x=1"],
    ["a flag in a text of JSON", '{"cmd":"x --password=hunter22","error":"refused"}', "hunter22", ',"error":"refused"}'],
    ["a word that only begins like a switch", "DB_PASSWORD=true-story x", "story", "DB_PASSWORD="],
    ["an access key", "aws_secret_access_key = wJalrXUtnFEMI/K7", "wJalrXUtnFEMI/K7", "aws_secret_access_key = "],
    ["a log-in to a registry", `{"auths":{"r.example":{"auth":"${base64("user:hunter22")}"}}}`, base64("user:hunter22"), '"r.example"'],
    ["a log-in in containerd's configuration", `auth = "${base64("user:hunter22")}"`, base64("user:hunter22"), "auth = "],
    ["a token in a web address's query", "Get https://h/x?token=s3cr3t&y=1 failed", "s3cr3t", "&y=1 failed"],
    ["an access token there", "https://h/x?y=1&access_token=s3cr3t", "s3cr3t", "?y=1&access_token="],
    ["a signature of Azure", '"https://h/x?sv=1&sig=AbC%2B1%3D": EOF', "AbC", '?sv=1&sig=***": EOF'],
    ["a signature of Amazon", "https://h/x?X-Amz-Date=1&X-Amz-Signature=abcdef0", "abcdef0", "X-Amz-Date=1"],
    ["a password with an @ in a URL", "http://alice:p@ss@proxy.example/x", "ss@", "http://alice:***@proxy.example/x"],
    ["a password with a slash in a URL", "http://alice:p/ss@proxy.example/x", "p/ss", "http://alice:***@proxy.example/x"],
    ["a token with an @ in a web address", "https://tok@en@example.com/repo", "en@", "https://***@example.com/repo"],
    ["a container's variable", "- name: DB_PASSWORD\n  value: hunter\n- name: X", "hunter", "- name: X"],
    [
      "a container's variable in the kubelet's log",
      "EnvVar{Name:DB_PASSWORD,Value:hunter22,ValueFrom:nil,} x",
      "hunter22",
      "Name:DB_PASSWORD",
    ],
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
    'flags.go:64] FLAG: --token-auth-file="" FLAG: --authentication-token-webhook="false" FLAG: --tls-private-key-file="/etc/x.key"',
    "Flag --token-auth-file has been deprecated",
    'secret_manager.go:220] Couldn\'t get secret kube-system/x: secret "x" not found',
    'MountVolume.SetUp failed for volume "certs" : secret "hubble-certs" not found',
    '"Mounting" path="/var/lib/kubelet/pods/1-2/volumes/kubernetes.io~secret/certs" secretName="hubble-certs" tokenFile=tokens.csv',
    "/var/lib/kubelet/pods/1-2/volumes/kubernetes.io~secret/token: no such file or directory",
    "open /etc/kubernetes/join-token: permission denied",
    `err="failed to list *v1.Secret: secrets \\"x\\" is forbidden: User \\"system:node:h1\\" cannot list resource \\"secrets\\"" reflector="object-\\"kube-system\\"/\\"x-token\\""`,
    'failed to fetch anonymous token: Get "https://auth.docker.io/token?scope=x&service=y": dial tcp: lookup auth.docker.io: no such host',
    "failed to fetch oauth token: unexpected status from GET request to https://auth.docker.io/token: 429 Too Many Requests",
    'err="[invalid bearer token, service account token has been invalidated]"',
    "Volumes:{Secret:&SecretVolumeSource{SecretName:x,Items:[]KeyToPath{},},NFS:nil,},{Secret:nil,}",
    '{"secrets":["x"],"token":null,"secretName":"x","automountServiceAccountToken": false}',
    "[+]poststarthook/start-legacy-token-tracking-controller ok",
    'Pulling image "ghcr.io/external-secrets/external-secrets:v0.9.1"',
    "pam_unix(sshd:auth): authentication failure; auth: anonymous",
    "certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJzekNDQVZtZ0F3SUJBZ0lJSgo=",
  ])("%s", (text) => expect(redact(text)).toBe(text));
});

test("a document keeps its shape", () => {
  expect(redactDeep({ a: ["http://u:hunter22pass@h/"], n: 1, b: { c: true } })).toEqual({ a: ["http://u:***@h/"], n: 1, b: { c: true } });
});

test("long lines of any kind are cleaned, too, and stay when they hold nothing", () => {
  const long = ["-", "a", "A_", "Aa1/", "a:b ", "key\n", "token", "https://", "a://b:"].map((piece) => piece.repeat(40_000)).join("\n");
  expect(redact(long)).toBe(long);
  expect(redact(`${long}\n-----END RSA PRIVATE KEY-----\n`)).toContain("***");
});
