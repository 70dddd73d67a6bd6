import { expect, test } from "vitest";
import { newCertificateKey, parseCertificateKey, seal, unseal } from "../../src/pki/certificate-key.ts";
import { sharedFiles, sharedName } from "../../src/pki/shared-files.ts";
import { secrets } from "../../src/shared/secrets.ts";

const zeros = "0".repeat(64);

test("what kubeadm has sealed is opened by its key: nonce, ciphertext, tag", () => {
  // kubeadm's util/crypto with a key and a nonce of zeros, over "kbs".
  const sealed = Buffer.from("000000000000000000000000a5c533f293eddc2c32ae5f46d5f10e4de0a973", "hex");
  expect(unseal(sealed, zeros)?.toString()).toBe("kbs");
});

test("what is sealed is opened by the same key alone, and not when a byte has changed", () => {
  const key = newCertificateKey();
  const content = Buffer.from("-----BEGIN CERTIFICATE-----\n");
  const sealed = seal(content, key);
  expect(sealed).toHaveLength(content.length + 28);
  expect(unseal(sealed, key)).toEqual(content);
  expect(seal(content, key)).not.toEqual(sealed);
  expect(unseal(sealed, newCertificateKey())).toBeUndefined();
  for (const at of [0, 12, sealed.length - 1]) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(unseal(changed, key)).toBeUndefined();
  }
  expect(unseal(Buffer.alloc(27), key)).toBeUndefined();
});

test("a key is 32 bytes in hex, and is masked from then on", () => {
  const key = newCertificateKey();
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(secrets.mask(`--certificate-key ${key}`)).toBe("--certificate-key ***");
  const typed = "AB".repeat(32);
  expect(parseCertificateKey(typed, "--certificate-key")).toBe(typed);
  expect(secrets.mask(typed)).toBe("***");
  for (const wrong of ["", "ab", "g".repeat(64), "a".repeat(63), "a".repeat(66)]) {
    expect(() => parseCertificateKey(wrong, "--certificate-key")).toThrow("--certificate-key: this is not a certificate key");
  }
});

test("control planes share kubeadm's eight files, under kubeadm's names", () => {
  expect(
    sharedFiles()
      .map((path) => sharedName(path))
      .toSorted(),
  ).toEqual(["ca.crt", "ca.key", "etcd-ca.crt", "etcd-ca.key", "front-proxy-ca.crt", "front-proxy-ca.key", "sa.key", "sa.pub"].toSorted());
});
