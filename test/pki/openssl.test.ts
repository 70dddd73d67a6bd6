import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { issuePki, preparePki } from "../../src/pki/issue.ts";
import { keyAlgorithms } from "../../src/pki/keys.ts";
import { certificates, isLeaf, kubeconfigs } from "../../src/pki/table.ts";
import { clientOf, days, fewKeys, folderWith, issue, names, now, openssl, textOf } from "./support.ts";

const leaves = certificates.filter(isLeaf);
const baseOf = (name: string): string => certificates.find((row) => row.name === name)?.base ?? "";
const verify = ["verify", "-x509_strict", "-check_ss_sig"] as const;

const period = (pem: string): string[] => {
  const { validFromDate, validToDate } = new X509Certificate(pem);
  return [validFromDate.toISOString(), validToDate.toISOString()];
};
const keyId = (text: string): string => /([0-9A-F]{2}:){19}[0-9A-F]{2}/.exec(text)?.[0] ?? "none";

describe.each(keyAlgorithms)("openssl, at its strictest, takes a set of %s keys:", (algorithm) => {
  test("every certificate, for its uses, and the CAs themselves", { timeout: 60_000 }, async () => {
    const files = await issue({ keys: await fewKeys(algorithm) });
    for (const row of certificates) {
      const ca = textOf(files, `${isLeaf(row) ? baseOf(row.ca) : row.base}.crt`);
      const folder = folderWith({ "its-ca.crt": ca, [row.name]: textOf(files, `${row.base}.crt`) });
      const purposes = isLeaf(row) ? row.usages.map((usage) => (usage === "serverAuth" ? "sslserver" : "sslclient")) : ["any"];
      for (const purpose of purposes) {
        expect(await openssl(folder, ...verify, "-purpose", purpose, "-CAfile", "its-ca.crt", row.name)).toBe(`${row.name}: OK\n`);
      }
    }
    for (const { name } of kubeconfigs) {
      const folder = folderWith({ "ca.crt": textOf(files, "ca.crt"), [name]: clientOf(files, name).certificate });
      expect(await openssl(folder, ...verify, "-purpose", "sslclient", "-CAfile", "ca.crt", name)).toBe(`${name}: OK\n`);
    }
  });
});

describe("openssl refuses", () => {
  test("a use that a row does not name", async () => {
    const files = await issue();
    for (const { base, ca, usages } of leaves.filter(({ usages }) => usages.length === 1)) {
      const folder = folderWith({ "ca.crt": textOf(files, `${baseOf(ca)}.crt`), "a.crt": textOf(files, `${base}.crt`) });
      const other = usages[0] === "serverAuth" ? "sslclient" : "sslserver";
      await expect(openssl(folder, ...verify, "-purpose", other, "-CAfile", "ca.crt", "a.crt")).rejects.toThrow(
        "unsuitable certificate purpose",
      );
    }
  });

  test("a leaf under another CA of the same set", async () => {
    const files = await issue();
    const folder = folderWith({ "ca.crt": textOf(files, "etcd/ca.crt"), "a.crt": textOf(files, "apiserver.crt") });
    await expect(openssl(folder, ...verify, "-CAfile", "ca.crt", "a.crt")).rejects.toThrow("unable to get local issuer certificate");
  });
});

describe("openssl finds in the certificate of the API server", () => {
  test("each of its names, and no other", async () => {
    const files = await issue({ names: { ...names, advertiseAddress: "fd00::11", apiServerSans: ["*.example.com"] } });
    const folder = folderWith({ "ca.crt": textOf(files, "ca.crt"), "a.crt": textOf(files, "apiserver.crt") });
    const check = (kind: "-verify_hostname" | "-verify_ip", name: string): Promise<string> =>
      openssl(folder, ...verify, "-purpose", "sslserver", kind, name, "-CAfile", "ca.crt", "a.crt");
    for (const name of ["cp1", "kubernetes", "kubernetes.default.svc.cluster.local", "a.example.com"])
      await check("-verify_hostname", name);
    for (const ip of ["10.96.0.1", "fd00::11", "203.0.113.7"]) await check("-verify_ip", ip);
    await expect(check("-verify_hostname", "kube-apiserver")).rejects.toThrow("hostname mismatch");
    await expect(check("-verify_ip", "10.96.0.2")).rejects.toThrow("IP address mismatch");
  });
});

describe("openssl prints", () => {
  test("a CA as kubeadm makes it", async () => {
    const folder = folderWith({ "ca.crt": textOf(await issue(), "ca.crt") });
    const text = await openssl(folder, "x509", "-in", "ca.crt", "-noout", "-text");
    expect(
      text
        .replaceAll(/^ +/gm, "")
        .replace(/[\s\S]*X509v3 extensions:\n/, "")
        .replace(/Signature Algorithm: [\s\S]*/, ""),
    ).toMatch(
      /^X509v3 Key Usage: critical\nDigital Signature, Key Encipherment, Certificate Sign\nX509v3 Basic Constraints: critical\nCA:TRUE\nX509v3 Subject Key Identifier: \n([0-9A-F]{2}:){19}[0-9A-F]{2}\nX509v3 Subject Alternative Name: \nDNS:kubernetes\n$/,
    );
    expect(text).toMatch(/Version: 3 \(0x2\)/);
    expect(text).toMatch(/Issuer: CN = kubernetes\n/);
  });

  test("a leaf as kubeadm makes it", async () => {
    const files = await issue();
    const folder = folderWith({ "a.crt": textOf(files, "etcd/server.crt"), "ca.crt": textOf(files, "etcd/ca.crt") });
    const ca = keyId(await openssl(folder, "x509", "-in", "ca.crt", "-noout", "-ext", "subjectKeyIdentifier"));
    const text = await openssl(folder, "x509", "-in", "a.crt", "-noout", "-text");
    expect(
      text
        .replaceAll(/^ +/gm, "")
        .replace(/[\s\S]*X509v3 extensions:\n/, "")
        .replace(/Signature Algorithm: [\s\S]*/, ""),
    ).toBe(
      [
        "X509v3 Key Usage: critical",
        "Digital Signature, Key Encipherment",
        "X509v3 Extended Key Usage: ",
        "TLS Web Server Authentication, TLS Web Client Authentication",
        "X509v3 Basic Constraints: critical",
        "CA:FALSE",
        "X509v3 Authority Key Identifier: ",
        ca,
        "X509v3 Subject Alternative Name: ",
        "DNS:cp1, DNS:localhost, IP Address:10.0.0.11, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
        "",
      ].join("\n"),
    );
  });

  test("the subjects of the kubeconfigs' users, organization first", async () => {
    const files = await issue();
    const subjects = [];
    for (const { name } of kubeconfigs) {
      const folder = folderWith({ "a.crt": clientOf(files, name).certificate });
      subjects.push((await openssl(folder, "x509", "-in", "a.crt", "-noout", "-subject")).trim());
    }
    expect(subjects).toEqual([
      "subject=O = kubeadm:cluster-admins, CN = kubernetes-admin",
      "subject=O = system:masters, CN = kubernetes-super-admin",
      "subject=O = system:nodes, CN = system:node:cp1",
      "subject=CN = system:kube-controller-manager",
      "subject=CN = system:kube-scheduler",
    ]);
  });

  test.each([
    ["RSA-2048", "sha256WithRSAEncryption"],
    ["ECDSA-P256", "ecdsa-with-SHA256"],
    ["ECDSA-P384", "ecdsa-with-SHA384"],
  ] as const)("for %s keys the signature %s", async (algorithm, signature) => {
    const files = await issue({ keys: await fewKeys(algorithm) });
    const folder = folderWith({ "a.crt": textOf(files, "apiserver.crt") });
    const found = (await openssl(folder, "x509", "-in", "a.crt", "-noout", "-text")).match(/Signature Algorithm: .*/g);
    expect(found).toEqual([`Signature Algorithm: ${signature}`, `Signature Algorithm: ${signature}`]);
  });
});

describe("a full set", () => {
  test.each(["RSA-2048", "ECDSA-P256"] as const)(
    "of %s has 16 different keys, each with its certificate",
    { timeout: 60_000 },
    async (algorithm) => {
      const files = await issuePki({ existing: new Map(), names, now, keys: preparePki(algorithm) });
      const pairs = [
        ...certificates.map(({ base }) => ({ certificate: textOf(files, `${base}.crt`), key: textOf(files, `${base}.key`) })),
        ...kubeconfigs.map(({ name }) => clientOf(files, name)),
      ];
      const folder = folderWith({ "sa.key": textOf(files, "sa.key") });
      expect(await openssl(folder, "pkey", "-in", "sa.key", "-pubout")).toBe(textOf(files, "sa.pub"));
      for (const pair of pairs) {
        const folder = folderWith({ "a.crt": pair.certificate, "a.key": pair.key });
        expect(await openssl(folder, "x509", "-in", "a.crt", "-noout", "-pubkey")).toBe(
          await openssl(folder, "pkey", "-in", "a.key", "-pubout"),
        );
      }
      expect(new Set([...pairs.map(({ key }) => key), textOf(files, "sa.key")]).size).toBe(16);
      expect(new Set(pairs.map(({ certificate }) => new X509Certificate(certificate).serialNumber)).size).toBe(15);
    },
  );

  test("begins five minutes ago and ends after kubeadm's periods; users of kubeconfigs begin with the CA", async () => {
    const start = new Date("2031-02-03T04:05:06.789Z");
    const files = await issue({ now: start });
    expect(period(textOf(files, "ca.crt"))).toEqual(["2031-02-03T04:00:06.000Z", "2041-01-31T04:05:06.000Z"]);
    expect(period(textOf(files, "apiserver.crt"))).toEqual(["2031-02-03T04:00:06.000Z", "2032-02-03T04:05:06.000Z"]);
    const later = new Date(start.getTime() + days(30));
    const kept = new Map(files.filter(({ path }) => path.includes("/pki/ca.")).map(({ path, content }) => [path, content]));
    const again = await issue({ now: later, existing: kept });
    expect(period(clientOf(again, "admin.conf").certificate)).toEqual(["2031-02-03T04:00:06.000Z", "2032-03-04T04:05:06.000Z"]);
  });
});
