import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { readKubeconfig } from "../../src/pki/kubeconfig/kubeconfig.ts";
import { type RenewedFile, renew, renewable } from "../../src/pki/renew.ts";
import { renewableNames } from "../../src/pki/renewable-names.ts";
import { asExisting, days, fewKeys, folderWith, issue, names, now, openssl, textOf } from "./support.ts";

const later = new Date(now.getTime() + days(300));
const pki = "/etc/kubernetes/pki";
const rowOf = (name: string) => {
  const row = renewable.find((candidate) => candidate.name === name);
  if (!row) throw new Error(`no row ${name}`);
  return row;
};
const renewOne = async (name: string, files: ReadonlyMap<string, Buffer>): Promise<readonly RenewedFile[]> => {
  const renewal = await renew(rowOf(name), { files, now: later, lifeMs: days(365) });
  return "files" in renewal ? renewal.files : [];
};
const at = (files: readonly RenewedFile[], end: string): string => files.find(({ path }) => path.endsWith(end))?.content.toString() ?? "";

/** So many milliseconds after the renewal, as openssl takes a moment. */
const seconds = (after: number): string => String(Math.floor((later.getTime() + after) / 1000));

/** All that a certificate says beside its serial number, its time, its key and its signature, by openssl. */
const saying = (folder: string, name: string): Promise<string> =>
  openssl(
    folder,
    "x509",
    "-in",
    name,
    "-noout",
    "-subject",
    "-issuer",
    "-ext",
    "subjectAltName,extendedKeyUsage,keyUsage,basicConstraints,authorityKeyIdentifier",
  );

test("what can be renewed is what kubeadm renews", () => {
  expect(renewable.map(({ name }) => name)).toEqual(renewableNames);
});

describe.each(["RSA-2048", "RSA-3072", "ECDSA-P256", "ECDSA-P384"] as const)("with %s keys", (algorithm) => {
  test("a renewed certificate says what the old one said, with a new key of its kind and another time, and openssl trusts it", async () => {
    const files = await issue({ keys: await fewKeys(algorithm), names: { ...names, apiServerSans: ["*.example.com", "fd00::1"] } });
    for (const [name, base, ca] of [
      ["apiserver", "apiserver", "ca"],
      ["etcd-peer", "etcd/peer", "etcd/ca"],
      ["front-proxy-client", "front-proxy-client", "front-proxy-ca"],
    ] as const) {
      const renewed = await renewOne(name, asExisting(files));
      expect(renewed.map(({ path, mode, secret }) => [path, mode, secret])).toEqual([
        [`${pki}/${base}.key`, 0o600, true],
        [`${pki}/${base}.crt`, 0o644, false],
      ]);
      const [oldPem, newPem, keyPem] = [textOf(files, `${base}.crt`), at(renewed, ".crt"), at(renewed, ".key")];
      const folder = folderWith({ "old.crt": oldPem, "new.crt": newPem, "new.key": keyPem, "ca.crt": textOf(files, `${ca}.crt`) });
      expect(await saying(folder, "new.crt")).toBe(await saying(folder, "old.crt"));
      expect(await openssl(folder, "verify", "-x509_strict", "-attime", seconds(days(100)), "-CAfile", "ca.crt", "new.crt")).toBe(
        "new.crt: OK\n",
      );
      const [former, fresh] = [new X509Certificate(oldPem), new X509Certificate(newPem)];
      expect(await openssl(folder, "pkey", "-in", "new.key", "-pubout")).toBe(fresh.publicKey.export({ type: "spki", format: "pem" }));
      expect(fresh.publicKey.equals(former.publicKey)).toBe(false);
      expect(fresh.publicKey.asymmetricKeyDetails).toEqual(former.publicKey.asymmetricKeyDetails);
      expect(fresh.validToDate.getTime()).toBe(Math.floor((later.getTime() + days(365)) / 1000) * 1000);
      expect(fresh.validFromDate.getTime()).toBe(Math.floor((later.getTime() - 300_000) / 1000) * 1000);
    }
  });
});

/** A kubeconfig without what is renewed in it. */
const user = (of: string): string => of.replaceAll(/(client-(certificate|key)-data): \S+/g, "$1");

test("a kubeconfig keeps all but its user's certificate and key, and takes the CA on disk", async () => {
  const files = asExisting(await issue());
  const path = "/etc/kubernetes/scheduler.conf";
  const before = `# kept\n${files.get(path)?.toString()}extensions: []\n`;
  files.set(path, Buffer.from(before));
  const [renewed] = await renewOne("scheduler.conf", files);
  const text = renewed?.content.toString() ?? "";
  expect([renewed?.path, renewed?.mode, renewed?.secret]).toEqual([path, 0o600, true]);
  expect(user(text)).toBe(user(before));
  expect(text).not.toBe(before);
  const [old, fresh] = [readKubeconfig(before), readKubeconfig(text)];
  const [former, certificate] = [new X509Certificate(old?.clientCertificate ?? ""), new X509Certificate(fresh?.clientCertificate ?? "")];
  expect(certificate.subject).toBe(former.subject);
  const folder = folderWith({ "ca.crt": fresh?.ca ?? "", "user.crt": fresh?.clientCertificate ?? "", "user.key": fresh?.clientKey ?? "" });
  expect(await openssl(folder, "verify", "-purpose", "sslclient", "-attime", seconds(0), "-CAfile", "ca.crt", "user.crt")).toBe(
    "user.crt: OK\n",
  );
  expect(await openssl(folder, "pkey", "-in", "user.key", "-pubout")).toBe(
    await openssl(folder, "x509", "-in", "user.crt", "-noout", "-pubkey"),
  );
});

test("what is not there, and what a CA elsewhere has signed, is left alone", async () => {
  const files = asExisting(await issue());
  const request = { now: later, lifeMs: days(365) };
  files.delete(`${pki}/apiserver.crt`);
  expect(await renew(rowOf("apiserver"), { ...request, files })).toEqual({ skipped: "missing" });
  files.delete(`${pki}/ca.key`);
  for (const name of ["apiserver-kubelet-client", "admin.conf"])
    expect(await renew(rowOf(name), { ...request, files })).toEqual({ skipped: "external" });
  expect(await renewOne("etcd-server", files)).toHaveLength(2);
});

test.each([
  ["a CA that has ended", { at: new Date(now.getTime() + days(4000)) }, /etcd\/ca\.crt: the certificate expired on/],
  ["a CA that is no certificate", { put: `${pki}/etcd/ca.crt` }, /etcd\/ca\.crt: the certificate cannot be read/],
  [
    "a certificate that cannot be read",
    { put: `${pki}/etcd/server.crt` },
    /etcd\/server\.crt cannot be renewed: it holds no certificate that can be read/,
  ],
])("%s signs nothing", async (_, { at: moment = later, put }: { readonly at?: Date; readonly put?: string }, sentence) => {
  const files = asExisting(await issue());
  if (put !== undefined) files.set(put, Buffer.from("nothing"));
  await expect(renew(rowOf("etcd-server"), { files, now: moment, lifeMs: days(365) })).rejects.toThrow(sentence);
});

test("a kubeconfig that only names files is not touched", async () => {
  const files = asExisting(await issue());
  const text =
    files
      .get("/etc/kubernetes/admin.conf")
      ?.toString()
      .replace(/client-certificate-data: \S+/, "client-certificate: /x.pem") ?? "";
  files.set("/etc/kubernetes/admin.conf", Buffer.from(text));
  await expect(renewOne("admin.conf", files)).rejects.toThrow("admin.conf cannot be renewed: it holds no CA and client certificate");
});
