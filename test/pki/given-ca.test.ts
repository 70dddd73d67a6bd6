import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { subjectKeyIdOf, subjectOf } from "../../src/pki/read-der.ts";
import { certificates, isLeaf } from "../../src/pki/table.ts";
import { UserError } from "../../src/shared/errors.ts";
import { clientOf, folderWith, issue, noKeys, openssl, textOf } from "./support.ts";

const usual = "basicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign, digitalSignature\nsubjectKeyIdentifier = hash";

interface Given {
  /** Arguments of openssl that write ca.key. */
  readonly key: readonly string[];
  /** Lines of a subject in openssl's configuration. */
  readonly subject: string;
  /** openssl's choice of string types. */
  readonly strings?: string;
  readonly extensions?: string;
}

/** A CA made by openssl, as a company would hand it over. */
const givenCa = async ({ key, subject, strings = "utf8only", extensions = usual }: Given): Promise<{ crt: string; key: string }> => {
  const config = `[req]\nprompt = no\nutf8 = yes\nstring_mask = ${strings}\ndistinguished_name = dn\nx509_extensions = ext\n[dn]\n${subject}\n[ext]\n${extensions}\n`;
  const folder = folderWith({ "ca.cnf": config });
  await openssl(folder, ...key);
  await openssl(folder, "req", "-new", "-x509", "-days", "3000", "-config", "ca.cnf", "-key", "ca.key", "-out", "ca.crt");
  return { crt: readFileSync(join(folder, "ca.crt"), "utf8"), key: readFileSync(join(folder, "ca.key"), "utf8") };
};

const issueUnder = async (ca: { crt: string; key: string }) => {
  const existing = new Map([
    ["/etc/kubernetes/pki/ca.crt", Buffer.from(ca.crt)],
    ["/etc/kubernetes/pki/ca.key", Buffer.from(ca.key)],
  ]);
  return issue({ existing, now: new Date() });
};

const rsaPkcs8 = ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "ca.key"];
const rsaPkcs1 = ["genrsa", "-traditional", "-out", "ca.key", "2048"];
const ecSec1 = (curve: string) => ["ecparam", "-name", curve, "-genkey", "-out", "ca.key"];
const ecPkcs8 = (curve: string) => ["genpkey", "-algorithm", "EC", "-pkeyopt", `ec_paramgen_curve:${curve}`, "-out", "ca.key"];

const cases: readonly (readonly [string, Given])[] = [
  ["RSA in PKCS#8, a company's subject in UTF-8", { key: rsaPkcs8, subject: "C = DE\nO = Müller & Söhne\nOU = IT\nCN = Root *" }],
  ["RSA in PKCS#1, BMP strings", { key: rsaPkcs1, subject: "O = Füße\nCN = 木", strings: "MASK:0x800" }],
  ["EC in SEC 1 behind EC PARAMETERS, Teletex strings", { key: ecSec1("prime256v1"), subject: "CN = Bücher_CA", strings: "MASK:0x4" }],
  ["EC in PKCS#8 on P-384, several values in one set", { key: ecPkcs8("P-384"), subject: "O = a\n+CN = b\nDC = example" }],
  ["EC on P-521", { key: ecPkcs8("P-521"), subject: "CN = kubernetes" }],
];

describe("a CA that exists", () => {
  test.each(cases)("is kept and signs: %s", { timeout: 60_000 }, async (_, given) => {
    const ca = await givenCa(given);
    const files = await issueUnder(ca);
    const kept = files.filter(({ reason }) => reason === undefined);
    expect(kept.map(({ path, content }) => [path, content.toString()])).toEqual([
      ["/etc/kubernetes/pki/ca.key", ca.key],
      ["/etc/kubernetes/pki/ca.crt", ca.crt],
    ]);
    const subject = subjectOf(new X509Certificate(ca.crt)).content;
    const signed = [
      ...certificates.filter((row) => isLeaf(row) && row.ca === "ca").map(({ base }) => textOf(files, `${base}.crt`)),
      clientOf(files, "admin.conf").certificate,
    ];
    for (const certificate of signed) {
      const folder = folderWith({ "ca.crt": ca.crt, "a.crt": certificate });
      expect(await openssl(folder, "verify", "-x509_strict", "-CAfile", "ca.crt", "a.crt")).toBe("a.crt: OK\n");
      expect(new X509Certificate(certificate).raw.includes(subject)).toBe(true);
      expect(await openssl(folder, "x509", "-in", "a.crt", "-noout", "-issuer_hash")).toBe(
        await openssl(folder, "x509", "-in", "ca.crt", "-noout", "-subject_hash"),
      );
    }
    expect(clientOf(files, "admin.conf").key).toContain("BEGIN EC PRIVATE KEY");
  });

  test("may lack a key id: then its leaves name none", async () => {
    const ca = await givenCa({
      key: ecSec1("prime256v1"),
      subject: "CN = old",
      extensions: "basicConstraints = CA:TRUE\nsubjectKeyIdentifier = none",
    });
    expect(subjectKeyIdOf(new X509Certificate(ca.crt))).toBeUndefined();
    const folder = folderWith({ "ca.crt": ca.crt, "a.crt": textOf(await issueUnder(ca), "apiserver.crt") });
    expect(await openssl(folder, "verify", "-purpose", "sslserver", "-CAfile", "ca.crt", "a.crt")).toBe("a.crt: OK\n");
    expect(await openssl(folder, "x509", "-in", "a.crt", "-noout", "-text")).not.toContain("Authority Key Identifier");
  });

  test("may have other certificates behind its own; kubeconfigs then trust all of them", async () => {
    const ca = await givenCa({ key: ecSec1("prime256v1"), subject: "CN = new" });
    const older = await givenCa({ key: ecSec1("prime256v1"), subject: "CN = old" });
    const files = await issueUnder({ crt: ca.crt + older.crt, key: ca.key });
    const data = /certificate-authority-data: (\S+)/.exec(textOf(files, "admin.conf"))?.[1] ?? "";
    expect(Buffer.from(data, "base64").toString()).toBe(ca.crt + older.crt);
    const again = await issue({ existing: new Map(files.map(({ path, content }) => [path, content])), now: new Date(), keys: noKeys });
    expect(again.filter(({ reason }) => reason !== undefined)).toEqual([]);
  });

  test("of a kind that Kubernetes cannot use is refused by name", async () => {
    const ca = await givenCa({ key: ["genpkey", "-algorithm", "ED25519", "-out", "ca.key"], subject: "CN = a" });
    await expect(issueUnder(ca)).rejects.toThrow(UserError);
    await expect(issueUnder(ca)).rejects.toThrow("a key of type ed25519 cannot sign the certificates of a cluster");
  });

  test("that is none is refused", async () => {
    const ca = await givenCa({ key: ecSec1("prime256v1"), subject: "CN = a", extensions: "basicConstraints = critical, CA:FALSE" });
    await expect(issueUnder(ca)).rejects.toThrow("/etc/kubernetes/pki/ca.crt: the certificate is not one of a CA");
  });
});
