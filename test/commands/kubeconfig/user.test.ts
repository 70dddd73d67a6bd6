import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { signCa } from "../../../src/pki/certificate.ts";
import { generateKey, privateKeyPem } from "../../../src/pki/keys.ts";
import { readKubeconfig } from "../../../src/pki/kubeconfig/kubeconfig.ts";
import { openssl } from "../../pki/support.ts";
import { runKbs, withFolder } from "../run-kbs.ts";

const day = 24 * 3600 * 1000;
// To the second, as certificates have it.
const began = new Date(Math.floor(Date.now() / 1000) * 1000 - 60_000);
let ca: { readonly certificate: string; readonly key: string };

beforeAll(async () => {
  const key = await generateKey("ECDSA-P256");
  const certificate = signCa("kubernetes", key, { notBefore: began, notAfter: new Date(began.getTime() + 3650 * day) });
  ca = { certificate: certificate.toString(), key: privateKeyPem(key) };
});

const configOf = (folder: string): string => `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.3
clusterName: blue
controlPlaneEndpoint: K8S.Example.com:7443
certificatesDir: ${folder}
encryptionAlgorithm: ECDSA-P256
`;

const kbs = (folder: string, ...words: readonly string[]) => {
  writeFileSync(join(folder, "ca.crt"), ca.certificate);
  writeFileSync(join(folder, "c.yaml"), configOf(folder));
  return runKbs(["kubeconfig", "user", "--config", join(folder, "c.yaml"), ...words], { cwd: folder });
};
const withKey = (folder: string, ...words: readonly string[]) => {
  writeFileSync(join(folder, "ca.key"), ca.key, { mode: 0o600 });
  return kbs(folder, ...words);
};

/** What kubeadm 1.36.3 prints for the same file and flags, without its empty line at the end; keys and certificates as X. */
const recorded = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: X
    server: https://k8s.example.com:7443
  name: blue
contexts:
- context:
    cluster: blue
    user: jane
  name: jane@blue
current-context: jane@blue
kind: Config
users:
- name: jane
  user:
    client-certificate-data: X
    client-key-data: X
`;

describe("kbs kubeconfig user", () => {
  test("prints what kubeadm prints, and a certificate with kubeadm's fields", () =>
    withFolder(async (folder) => {
      const { code, stdout, stderr } = await withKey(folder, "jane", "--org", "zeta", "--org", "alpha,a", "--validity-period", "720h");
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout.replaceAll(/(-data: ).*/g, "$1X")).toBe(recorded);
      const made = readKubeconfig(stdout);
      expect(made?.ca).toBe(ca.certificate);
      writeFileSync(join(folder, "jane.crt"), made?.clientCertificate ?? "");
      const told = await openssl(folder, "x509", "-in", "jane.crt", "-noout", "-subject", "-nameopt", "RFC2253", "-dates", "-text");
      // All groups in one set, sorted by their bytes, as Go writes them; RFC 2253 reads them backwards.
      expect(told).toContain("subject=CN=jane,O=alpha+O=zeta+O=a");
      expect(told).toMatch(
        /Key Usage: critical\s+Digital Signature, Key Encipherment\s+X509v3 Extended Key Usage:\s+TLS Web Client Authentication\s/,
      );
      expect(told).toContain("NIST CURVE: P-256");
      expect(await openssl(folder, "verify", "-CAfile", "ca.crt", "-purpose", "sslclient", "jane.crt")).toContain("jane.crt: OK");
      const [from, to] = [/notBefore=(.*)/, /notAfter=(.*)/].map((pattern) => Date.parse(pattern.exec(told)?.[1] ?? ""));
      expect(from).toBe(began.getTime());
      expect(Math.abs((to ?? 0) - Date.now() - 30 * day)).toBeLessThan(10 * 60_000);
    }));

  test("takes a token instead, from a file too, and needs no key of the CA then", () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, "token"), "s3cret-of-jane\n");
      const { code, stdout } = await kbs(folder, "--client-name", "jane", "--token", `file:${join(folder, "token")}`);
      expect(code).toBe(0);
      expect(stdout).toContain("users:\n- name: jane\n  user:\n    token: s3cret-of-jane\n");
    }));

  test("says what a long life means", () =>
    withFolder(async (folder) => {
      const { code, stderr } = await withKey(folder, "jane", "--validity-period", "200000h");
      expect(code).toBe(0);
      expect(stderr).toContain("good for more than a year");
      expect(stderr).toContain("outlives its CA");
    }));

  test.each([
    [[], 2, "whose kubeconfig it is to be was not said"],
    [["jane", "--client-name", "joe"], 2, "jane and --client-name joe are two users"],
    [["jane", "--validity-period", "1 month"], 2, '--validity-period "1 month" is not a period'],
    [["jane", "--validity-period", "-3h"], 2, '--validity-period "-3h" is not a period'],
    [["jane", "-f", "kbs.yaml"], 2, "-f and --config name two clusters"],
    [["jane"], 3, "no certificate can be signed with"],
  ] as const)("%j is refused with a sentence", (words, exit, sentence) =>
    withFolder(async (folder) => {
      const { code, stdout, stderr } = await kbs(folder, ...words);
      expect({ code, stdout }).toEqual({ code: exit, stdout: "" });
      expect(stderr).toContain(sentence);
    }),
  );
});
