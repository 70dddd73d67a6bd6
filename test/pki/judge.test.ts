import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { signCa, signLeaf } from "../../src/pki/certificate.ts";
import type { PkiFile } from "../../src/pki/issue.ts";
import { judgeCa, judgeKubeconfig, judgeLeaf, judgeServiceAccountKeys } from "../../src/pki/judge.ts";
import { missingName } from "../../src/pki/judge-certificate.ts";
import { generateKey, privateKeyPem, publicKeyPem } from "../../src/pki/keys.ts";
import { type CaRow, certificates, isLeaf, kubeconfigs } from "../../src/pki/table.ts";
import { UserError } from "../../src/shared/errors.ts";
import { clientOf, days, folderWith, issue, names, now, openssl, textOf } from "./support.ts";

const files = await issue();
const others = await issue();
const later = (ms: number): { now: Date; remainingMs: number } => ({ now: new Date(now.getTime() + ms), remainingMs: 0 });
const moment = later(0);

const rowOf = <Row extends { name: string }>(rows: readonly Row[], name: string): Row => {
  const row = rows.find((row) => row.name === name);
  if (row === undefined) throw new Error(`no row ${name}`);
  return row;
};
const pair = (base: string, from: readonly PkiFile[] = files) => ({
  certificate: textOf(from, `${base}.crt`),
  key: textOf(from, `${base}.key`),
});

describe("a leaf", () => {
  const row = rowOf(certificates.filter(isLeaf), "apiserver");
  const ca = textOf(files, "ca.crt");
  const good = pair("apiserver");
  const judge = (change: Partial<typeof good> = {}, wish = names, at = moment, caPem = ca) =>
    judgeLeaf(row, { ...good, ...change }, caPem, wish, at);

  test("that is good stays", () => {
    expect(judge()).toBeUndefined();
  });

  test.each(certificates.filter(isLeaf))("$name of a new set is good", (leaf) => {
    const base = certificates.find(({ name }) => name === leaf.ca)?.base;
    expect(judgeLeaf(leaf, pair(leaf.base), textOf(files, `${base}.crt`), names, moment)).toBeUndefined();
  });

  test("is missed, as a whole or in half", () => {
    expect(judgeLeaf(row, { certificate: undefined, key: undefined }, ca, names, moment)).toBe("the certificate is missing");
    expect(judgeLeaf(row, { certificate: good.certificate, key: undefined }, ca, names, moment)).toBe("the key is missing");
    expect(judgeLeaf(row, { certificate: undefined, key: good.key }, ca, names, moment)).toBe("the certificate is missing");
  });

  test("must be readable", () => {
    expect(judge({ certificate: "rubbish" })).toBe("the certificate cannot be read");
    expect(judge({ certificate: good.certificate.replace(/\n[A-Za-z0-9+/]{20}/, "\n") })).toBe("the certificate cannot be read");
    expect(judge({ key: "" })).toBe("the key cannot be read");
  });

  test("must belong to its key", () => {
    expect(judge({ key: textOf(others, "apiserver.key") })).toBe("the key does not belong to the certificate");
  });

  test("must be signed by its CA, not by one of the same name", () => {
    expect(judge({}, names, moment, textOf(others, "ca.crt"))).toBe("the certificate is not signed by its CA");
    expect(judge({}, names, moment, textOf(files, "etcd/ca.crt"))).toBe("the certificate is not signed by its CA");
  });

  test("must carry a signature of its CA, not only its name and key id", () => {
    const impostor = { certificate: new X509Certificate(ca), key: createPrivateKey(textOf(others, "ca.key")) };
    const key = createPrivateKey(good.key);
    const leaf = signLeaf({ commonName: "kube-apiserver", usages: ["serverAuth"], sans: row.sans?.(names), key }, impostor, period);
    expect(leaf.checkIssued(impostor.certificate)).toBe(true);
    expect(judge({ certificate: leaf.toString() })).toBe("the certificate is not signed by its CA");
  });

  test("may be signed by any CA of a bundle", () => {
    expect(judge({}, names, moment, textOf(others, "ca.crt") + ca)).toBeUndefined();
  });

  test("may be signed by an intermediate CA that follows it in its file", async () => {
    const folder = folderWith({
      "middle.cnf": "basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\n",
      "ca.crt": ca,
      "ca.key": textOf(files, "ca.key"),
    });
    await openssl(folder, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "middle.key");
    await openssl(folder, "req", "-new", "-key", "middle.key", "-subj", "/CN=middle", "-out", "middle.csr");
    await openssl(
      folder,
      "x509",
      "-req",
      "-in",
      "middle.csr",
      "-CA",
      "ca.crt",
      "-CAkey",
      "ca.key",
      "-extfile",
      "middle.cnf",
      "-out",
      "middle.crt",
    );
    const [middlePem, key] = [readFileSync(join(folder, "middle.crt"), "utf8"), createPrivateKey(good.key)];
    const middle = { certificate: new X509Certificate(middlePem), key: createPrivateKey(readFileSync(join(folder, "middle.key"))) };
    const leaf = signLeaf(
      { commonName: "kube-apiserver", usages: ["serverAuth"], sans: row.sans?.(names), key },
      middle,
      period,
    ).toString();
    expect(judge({ certificate: leaf + middlePem })).toBeUndefined();
    expect(judge({ certificate: leaf })).toBe("the certificate is not signed by its CA");
    expect(judge({ certificate: leaf + middlePem }, names, moment, textOf(others, "ca.crt"))).toBe(
      "the certificate is not signed by its CA",
    );
  });

  test("is made new when it ended, or ends too soon for the asker", () => {
    expect(judge({}, names, later(days(364)))).toBeUndefined();
    expect(judge({}, names, later(days(366)))).toBe(
      `the certificate expired on ${new Date(now.getTime() + days(365)).toISOString().slice(0, 10)}`,
    );
    expect(judge({}, names, { ...later(days(340)), remainingMs: days(30) })).toBe("the certificate expires in 24 days");
    expect(judge({}, names, { ...later(days(334)), remainingMs: days(30) })).toBeUndefined();
    expect(judge({}, names, later(-days(1)))).toMatch(/^the certificate is not valid before 20/);
  });

  test("must speak for every name that is wished now", () => {
    expect(judge({}, { ...names, apiServerSans: ["k8s.example.com"] })).toBe("the certificate lacks the name k8s.example.com");
    expect(judge({}, { ...names, address: "198.51.100.1" })).toBe("the certificate lacks the name 198.51.100.1");
    expect(judge({}, { ...names, advertiseAddress: "fd00::11" })).toBe("the certificate lacks the name fd00::11");
    expect(judge({}, { ...names, dnsDomain: "example.org" })).toBe("the certificate lacks the name kubernetes.default.svc.example.org");
  });

  test("must allow the use of its row", () => {
    const etcd = rowOf(certificates.filter(isLeaf), "etcd-server");
    const lesser = { ...rowOf(certificates.filter(isLeaf), "apiserver"), usages: ["serverAuth", "clientAuth"] as const };
    expect(judgeLeaf(lesser, good, ca, names, moment)).toBe("the certificate lacks the usage clientAuth");
    expect(judgeLeaf(etcd, pair("etcd/server"), textOf(files, "etcd/ca.crt"), names, moment)).toBeUndefined();
  });
});

const period = { notBefore: new Date(now.getTime() - 1000), notAfter: new Date(now.getTime() + days(1)) };

describe("a name in a certificate", () => {
  test("counts as there when a wildcard covers it, and a wildcard only as itself", async () => {
    const key = await generateKey("ECDSA-P256");
    const ca = { key, certificate: signCa("ca", key, period) };
    const certificate = signLeaf(
      { commonName: "only-the-subject", usages: ["serverAuth"], sans: { dns: ["*.example.com"], ips: [] }, key },
      ca,
      period,
    );
    const missing = (name: string) => missingName(certificate, { dns: [name], ips: [] });
    expect(missing("api.example.com")).toBeUndefined();
    expect(missing("*.example.com")).toBeUndefined();
    expect(missing("a.b.example.com")).toBe("a.b.example.com");
    expect(missing("*.b.example.com")).toBe("*.b.example.com");
    expect(missing("only-the-subject")).toBe("only-the-subject");
  });
});

describe("a CA", () => {
  const row = rowOf(
    certificates.filter((row): row is CaRow => !isLeaf(row)),
    "ca",
  );
  const good = pair("ca");

  test("that is good stays, one that is not there is missed", () => {
    expect(judgeCa(row, good, now)).toBeUndefined();
    expect(judgeCa(row, { certificate: undefined, key: undefined }, now)).toBe("the certificate is missing");
    expect(judgeCa(row, { certificate: undefined, key: good.key }, now)).toBe("the certificate is missing");
  });

  test("whose key is kept elsewhere stays, if it is one and its time has come", () => {
    const alone = { certificate: good.certificate, key: undefined };
    expect(judgeCa(row, alone, now)).toBeUndefined();
    expect(() => judgeCa(row, alone, new Date(now.getTime() + days(3651)))).toThrow("the certificate expired on");
    expect(() => judgeCa(row, { certificate: pair("apiserver").certificate, key: undefined }, now)).toThrow("is not one of a CA");
    expect(() => judgeCa(row, { certificate: "rubbish", key: undefined }, now)).toThrow("the certificate cannot be read");
  });

  test.each([
    ["the certificate cannot be read", { ...good, certificate: "rubbish" }, now],
    ["the key cannot be read", { ...good, key: "rubbish" }, now],
    ["it is missing, and its key cannot be read", { certificate: undefined, key: "rubbish" }, now],
    ["the key does not belong to the certificate", { ...good, key: textOf(others, "ca.key") }, now],
    ["the certificate is not one of a CA", pair("apiserver"), now],
    ["the certificate expired on", good, new Date(now.getTime() + days(3651))],
    ["the certificate is not valid before", good, new Date(now.getTime() - days(1))],
  ])("is never replaced by the way: %s", (problem, given, at) => {
    const judge = () => judgeCa(row, given, at);
    expect(judge).toThrow(UserError);
    expect(judge).toThrow(`/etc/kubernetes/pki/ca.crt: ${problem}`);
  });
});

describe("the keys of service accounts", () => {
  const [key, pub] = [textOf(files, "sa.key"), textOf(files, "sa.pub")];

  test("stay when they fit, also beside older public keys", () => {
    expect(judgeServiceAccountKeys(key, pub)).toBeUndefined();
    expect(judgeServiceAccountKeys(key, textOf(files, "sa.pub") + pub)).toBeUndefined();
  });

  test("are missed", () => {
    expect(judgeServiceAccountKeys(undefined, undefined)).toBe("the key is missing");
    expect(judgeServiceAccountKeys(key, undefined)).toBe("the public key is missing");
  });

  test("are never replaced by the way", async () => {
    const stranger = publicKeyPem(await generateKey("ECDSA-P256"));
    expect(() => judgeServiceAccountKeys(undefined, pub)).toThrow("/etc/kubernetes/pki/sa.pub exists without /etc/kubernetes/pki/sa.key");
    expect(() => judgeServiceAccountKeys("rubbish", pub)).toThrow("/etc/kubernetes/pki/sa.key cannot be read");
    expect(() => judgeServiceAccountKeys(key, stranger)).toThrow(
      "/etc/kubernetes/pki/sa.pub does not hold the public half of /etc/kubernetes/pki/sa.key",
    );
    expect(() => judgeServiceAccountKeys(key, "rubbish")).toThrow("does not hold the public half");
  });
});

describe("a kubeconfig", () => {
  const ca = textOf(files, "ca.crt");
  const admin = textOf(files, "admin.conf");
  const judge = (name: string, text: string | undefined, wish = names, at = moment, caPem = ca) =>
    judgeKubeconfig(rowOf(kubeconfigs, name), text, caPem, wish, at);

  test.each(kubeconfigs)("$name of a new set is good", ({ name }) => {
    expect(judge(name, textOf(files, name))).toBeUndefined();
  });

  test("is missed, and must be readable", () => {
    expect(judge("admin.conf", undefined)).toBe("it is missing");
    expect(judge("admin.conf", "")).toBe("it cannot be read");
    expect(judge("admin.conf", admin.slice(0, 300))).toBe("it cannot be read");
  });

  test("must trust the CA and be signed by it", () => {
    expect(judge("admin.conf", textOf(others, "admin.conf"))).toBe("it trusts another CA");
    const line = /certificate-authority-data: \S+/;
    const mixed = textOf(others, "admin.conf").replace(line, line.exec(admin)?.[0] ?? "");
    expect(judge("admin.conf", mixed)).toBe("the certificate is not signed by the CA");
  });

  test("must aim at the server that is wished now", () => {
    const wish = { ...names, controlPlaneEndpoint: { host: "k8s.example.com", port: 6443 } };
    expect(judge("admin.conf", admin, wish)).toBe("its server is not https://k8s.example.com:6443");
    expect(judge("scheduler.conf", textOf(files, "scheduler.conf"), wish)).toBeUndefined();
  });

  test("must be of its user and group", () => {
    expect(judge("admin.conf", textOf(files, "super-admin.conf"))).toBe("its user is not kubernetes-admin");
    expect(judge("kubelet.conf", textOf(files, "kubelet.conf"), { ...names, nodeName: "cp2" })).toBe("its user is not system:node:cp2");
    const row = { ...rowOf(kubeconfigs, "admin.conf"), organization: "system:masters" };
    expect(judgeKubeconfig(row, admin, ca, names, moment)).toBe("its user is not in system:masters");
  });

  test("must hold a certificate that lasts and its key", () => {
    expect(judge("admin.conf", admin, names, later(days(366)))).toMatch(/^the certificate expired on/);
    expect(judge("admin.conf", admin, names, { ...moment, remainingMs: days(366) })).toBe("the certificate expires in 364 days");
    expect(judge("admin.conf", admin.replace(/client-key-data: .*/, "token: abc"))).toBe("the key is missing");
    const strange = Buffer.from(privateKeyPem(createPrivateKey(clientOf(others, "admin.conf").key))).toString("base64");
    expect(judge("admin.conf", admin.replace(/client-key-data: .*/, `client-key-data: ${strange}`))).toBe(
      "the key does not belong to the certificate",
    );
  });

  test("of the kubelet may name the certificate that the kubelet renews itself; no other may", () => {
    const pem = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    const rotated = (text: string): string =>
      text.replace(/client-certificate-data: .*/, `client-certificate: ${pem}`).replace(/client-key-data: .*/, `client-key: ${pem}`);
    expect(judge("kubelet.conf", rotated(textOf(files, "kubelet.conf")))).toBeUndefined();
    expect(judge("kubelet.conf", rotated(textOf(files, "kubelet.conf")).replaceAll(pem, "/tmp/a.pem"))).toBe("the certificate is missing");
    expect(judge("admin.conf", rotated(admin))).toBe("the certificate is missing");
  });
});
