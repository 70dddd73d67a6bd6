import { createPrivateKey, createPublicKey } from "node:crypto";
import { describe, expect, test } from "vitest";
import { generateKey, prepareKeys, privateKeyPem, publicKeyPem, readPrivateKey } from "../../src/pki/keys.ts";
import { secrets } from "../../src/shared/secrets.ts";
import { folderWith, openssl } from "./support.ts";

describe("a private key", () => {
  test.each([
    ["RSA-2048", "RSA PRIVATE KEY", "Private-Key: (2048 bit, 2 primes)"],
    ["RSA-3072", "RSA PRIVATE KEY", "Private-Key: (3072 bit, 2 primes)"],
    ["ECDSA-P256", "EC PRIVATE KEY", "ASN1 OID: prime256v1"],
    ["ECDSA-P384", "EC PRIVATE KEY", "ASN1 OID: secp384r1"],
  ] as const)("of kind %s is written as %s", async (algorithm, kind, described) => {
    const key = await generateKey(algorithm);
    const pem = privateKeyPem(key);
    expect(pem.split("\n")[0]).toBe(`-----BEGIN ${kind}-----`);
    const folder = folderWith({ "a.key": pem, "a.pub": publicKeyPem(key) });
    expect(await openssl(folder, "pkey", "-in", "a.key", "-noout", "-text", "-check")).toContain(described);
    expect(await openssl(folder, "pkey", "-in", "a.key", "-pubout")).toBe(publicKeyPem(key));
  });

  test("of RSA has the exponent 65537", async () => {
    expect((await generateKey("RSA-2048")).asymmetricKeyDetails?.publicExponent).toBe(65_537n);
  });

  test("is masked wherever it may show up once it was written or read", async () => {
    const made = privateKeyPem(await generateKey("ECDSA-P256"));
    const read = String((await generateKey("ECDSA-P256")).export({ format: "pem", type: "pkcs8" }));
    readPrivateKey(read);
    for (const pem of [made, read]) {
      const line = pem.split("\n")[1] ?? "";
      expect(secrets.mask(`x ${line} y`)).toBe("x *** y");
      expect(secrets.mask(Buffer.from(pem).toString("base64"))).not.toContain(Buffer.from(pem).toString("base64"));
    }
  });

  test("is read in each usual form, and nothing else is", async () => {
    const key = await generateKey("ECDSA-P256");
    const forms = [key.export({ format: "pem", type: "sec1" }), key.export({ format: "pem", type: "pkcs8" })].map(String);
    expect(forms.map((pem) => readPrivateKey(pem)?.equals(key))).toEqual([true, true]);
    const locked = String(key.export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "secret words" }));
    expect([locked, publicKeyPem(key), "", "no key"].map(readPrivateKey)).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe("keys made ahead", () => {
  test("are all different and of the wished kind, also beyond the number asked for", async () => {
    const supply = prepareKeys("ECDSA-P384", 3);
    const keys = await Promise.all(Array.from({ length: 5 }, () => supply.take()));
    expect(new Set(keys.map(publicKeyPem)).size).toBe(5);
    expect(keys.map((key) => key.asymmetricKeyDetails?.namedCurve)).toEqual(Array.from({ length: 5 }, () => "secp384r1"));
  });

  test("are still made on the spot after the supply was stopped", async () => {
    const supply = prepareKeys("ECDSA-P256", 4);
    supply.stop();
    expect((await supply.take()).type).toBe("private");
  });
});

test("the public half of an own and of a read key is the same", async () => {
  const key = await generateKey("ECDSA-P256");
  expect(publicKeyPem(createPublicKey(key))).toBe(publicKeyPem(createPrivateKey(privateKeyPem(key))));
});
