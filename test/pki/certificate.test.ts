import { createHash, type X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { caHash, signCa, signLeaf, type Validity } from "../../src/pki/certificate.ts";
import * as der from "../../src/pki/der.ts";
import { generateKey } from "../../src/pki/keys.ts";
import { subjectKeyIdOf, subjectOf } from "../../src/pki/read-der.ts";
import { folderWith, now, openssl } from "./support.ts";

const validity: Validity = { notBefore: new Date(now.getTime() - 300_000), notAfter: new Date(now.getTime() + 3_600_000) };
const key = await generateKey("ECDSA-P256");
const ca = { key, certificate: signCa("kubernetes", key, validity) };
const usages = ["clientAuth"] as const;

/** `[type, value]` of every primitive element, as openssl reads the bytes. */
const listing = async (certificate: X509Certificate): Promise<string[]> => {
  const folder = folderWith({ "a.crt": certificate.toString() });
  const text = await openssl(folder, "asn1parse", "-in", "a.crt");
  return text.split("\n").flatMap((line) => {
    const found = /prim: +(\S.*?) *(?::(.*))?$/.exec(line);
    return found === null ? [] : [`${found[1]?.replace(/ +\[HEX DUMP\]/, "")} ${found[2] ?? ""}`.trim()];
  });
};

/** The listing without version and serial, times without their values, and without keys and signature. */
const body = async (certificate: X509Certificate): Promise<string[]> =>
  (await listing(certificate)).slice(2).flatMap((line) => (line.startsWith("BIT STRING") ? [] : [line.replace(/^UTCTIME .*/, "UTCTIME")]));

describe("the bytes of a certificate", () => {
  test("of a CA are in kubeadm's order and types", async () => {
    const subject = ["OBJECT commonName", "PRINTABLESTRING kubernetes"];
    expect(await body(ca.certificate)).toEqual([
      "OBJECT ecdsa-with-SHA256",
      ...subject,
      "UTCTIME",
      "UTCTIME",
      ...subject,
      "OBJECT id-ecPublicKey",
      "OBJECT prime256v1",
      "OBJECT X509v3 Key Usage",
      "BOOLEAN 255",
      "OCTET STRING 030202A4",
      "OBJECT X509v3 Basic Constraints",
      "BOOLEAN 255",
      "OCTET STRING 30030101FF",
      "OBJECT X509v3 Subject Key Identifier",
      expect.stringMatching(/^OCTET STRING 0414[0-9A-F]{40}$/),
      "OBJECT X509v3 Subject Alternative Name",
      `OCTET STRING 300C820A${Buffer.from("kubernetes").toString("hex").toUpperCase()}`,
      "OBJECT ecdsa-with-SHA256",
    ]);
  });

  test("of a leaf are in kubeadm's order and types", async () => {
    const leaf = signLeaf(
      { commonName: "system:node:cp1", organization: "system:nodes", usages, sans: { dns: ["a"], ips: ["10.0.0.1", "::1"] }, key },
      ca,
      validity,
    );
    const id = subjectKeyIdOf(ca.certificate)?.toString("hex").toUpperCase();
    expect(await body(leaf)).toEqual([
      "OBJECT ecdsa-with-SHA256",
      "OBJECT commonName",
      "PRINTABLESTRING kubernetes",
      "UTCTIME",
      "UTCTIME",
      "OBJECT organizationName",
      "PRINTABLESTRING system:nodes",
      "OBJECT commonName",
      "PRINTABLESTRING system:node:cp1",
      "OBJECT id-ecPublicKey",
      "OBJECT prime256v1",
      "OBJECT X509v3 Key Usage",
      "BOOLEAN 255",
      "OCTET STRING 030205A0",
      "OBJECT X509v3 Extended Key Usage",
      "OCTET STRING 300A06082B06010505070302",
      "OBJECT X509v3 Basic Constraints",
      "BOOLEAN 255",
      "OCTET STRING 3000",
      "OBJECT X509v3 Authority Key Identifier",
      `OCTET STRING 30168014${id}`,
      "OBJECT X509v3 Subject Alternative Name",
      "OCTET STRING 301B82016187040A000001871000000000000000000000000000000001",
      "OBJECT ecdsa-with-SHA256",
    ]);
  });

  test.each([
    ["a:b (c) 'd' +,-./=?", "PRINTABLESTRING"],
    ["a*b", "UTF8STRING"],
    ["a@b", "UTF8STRING"],
    ["a_b", "UTF8STRING"],
    ["a&b", "UTF8STRING"],
    ["Müller", "UTF8STRING"],
  ])("hold the common name %s as %s", async (commonName, type) => {
    const leaf = signLeaf({ commonName, usages, key }, ca, validity);
    expect((await listing(leaf))[8]?.split(" ")[0]).toBe(type);
    expect(leaf.toLegacyObject().subject["CN"]).toBe(commonName);
  });

  test("carry the key id of RFC 7093", () => {
    const spki = Buffer.from(ca.certificate.publicKey.export({ type: "spki", format: "der" }));
    // The point of a P-256 key is the last 65 bytes of its SubjectPublicKeyInfo.
    expect(subjectKeyIdOf(ca.certificate)).toEqual(createHash("sha256").update(spki.subarray(-65)).digest().subarray(0, 20));
  });

  test("have no SAN and no authority key id where there is nothing to say", async () => {
    const lines = await listing(signLeaf({ commonName: "a", usages, key }, ca, validity));
    expect(lines).not.toContain("OBJECT X509v3 Subject Alternative Name");
    expect(await listing(ca.certificate)).not.toContain("OBJECT X509v3 Authority Key Identifier");
  });

  test("have a positive serial of at most 63 bits that differs each time", () => {
    const serials = Array.from({ length: 200 }, () => BigInt(`0x${signLeaf({ commonName: "a", usages, key }, ca, validity).serialNumber}`));
    expect(new Set(serials).size).toBe(200);
    for (const serial of serials) expect(serial > 0n && serial < 2n ** 63n - 1n).toBe(true);
    expect(serials.some((serial) => serial > 2n ** 62n)).toBe(true);
  });
});

describe("DER", () => {
  test.each([
    ["2049-12-31T23:59:59Z", "170d3439313233313233353935395a"],
    ["2050-01-01T00:00:00Z", "180f32303530303130313030303030305a"],
    ["2000-02-29T01:02:03.999Z", "170d3030303232393031303230335a"],
  ])("writes the time %s as RFC 5280 wants it", (date, bytes) => {
    expect(der.encode(der.time(new Date(date))).toString("hex")).toBe(bytes);
  });

  test.each([
    [0n, "020100"],
    [1n, "020101"],
    [127n, "02017f"],
    [128n, "02020080"],
    [256n, "02020100"],
    [2n ** 63n - 2n, "02087ffffffffffffffe"],
  ])("writes the integer %s in the fewest bytes", (value, bytes) => {
    expect(der.encode(der.integer(value)).toString("hex")).toBe(bytes);
  });
});

test("the subject of a certificate is read byte for byte", () => {
  const { tag, content } = subjectOf(ca.certificate);
  expect(tag).toBe(0x30);
  expect(content.toString("latin1")).toBe("1\x130\x11\x06\x03U\x04\x03\x13\nkubernetes");
});

test("the pin of a CA is the one that openssl computes", async () => {
  const folder = folderWith({ "ca.crt": ca.certificate.toString() });
  const publicKey = await openssl(folder, "x509", "-in", "ca.crt", "-noout", "-pubkey", "-out", "ca.pub").then(() =>
    openssl(folder, "pkey", "-pubin", "-in", "ca.pub", "-outform", "DER", "-out", "ca.der"),
  );
  expect(publicKey).toBe("");
  const digest = /= ([0-9a-f]{64})/.exec(await openssl(folder, "dgst", "-sha256", "ca.der"))?.[1];
  expect(caHash(ca.certificate.toString())).toBe(`sha256:${digest}`);
});
