import { expect, test } from "vitest";
import { endsOf } from "../../../src/actions/certs/ends.ts";
import { asExisting, clientOf, folderWith, issue, openssl, textOf } from "../../pki/support.ts";

const pki = "/etc/kubernetes/pki";
const names = (ends: readonly { readonly name: string }[]): readonly string[] => ends.map(({ name }) => name);

/** By openssl, a second opinion. */
const read = async (pem: string): Promise<Date> => {
  const text = await openssl(folderWith({ "one.pem": pem }), "x509", "-in", "one.pem", "-noout", "-enddate", "-dateopt", "iso_8601");
  return new Date(text.trim().replace("notAfter=", "").replace(" ", "T"));
};

test("every certificate is told by kubeadm's names in kubeadm's order, with the end that openssl reads", async () => {
  const files = await issue();
  const { certificates, authorities } = endsOf(asExisting(files), true);
  expect(names(certificates)).toEqual([
    "admin.conf",
    "apiserver",
    "apiserver-etcd-client",
    "apiserver-kubelet-client",
    "controller-manager.conf",
    "etcd-healthcheck-client",
    "etcd-peer",
    "etcd-server",
    "front-proxy-client",
    "scheduler.conf",
    "super-admin.conf",
  ]);
  expect(names(authorities)).toEqual(["ca", "etcd-ca", "front-proxy-ca"]);
  const pemOf = (name: string): string => {
    if (name.endsWith(".conf")) return clientOf(files, name).certificate;
    return textOf(files, `${name.replace(/^etcd-/, "etcd/")}.crt`);
  };
  for (const { name, expires, missing } of [...certificates, ...authorities])
    expect([name, missing, expires]).toEqual([name, false, await read(pemOf(name))]);
  expect(certificates.map(({ ca }) => ca)).toEqual(
    names(certificates).map((name) => {
      if (name === "front-proxy-client") return "front-proxy-ca";
      return /etcd/.test(name) ? "etcd-ca" : "ca";
    }),
  );
});

test("what is not there is missing, what cannot be read is said, and neither hides the others", async () => {
  const files = asExisting(await issue());
  files.delete("/etc/kubernetes/super-admin.conf");
  files.set(`${pki}/apiserver.crt`, Buffer.from("no certificate"));
  const { certificates } = endsOf(files, true);
  expect(certificates.find(({ name }) => name === "super-admin.conf")).toEqual({
    name: "super-admin.conf",
    missing: true,
    ca: "ca",
    externallyManaged: false,
  });
  expect(certificates.find(({ name }) => name === "apiserver")).toMatchObject({
    missing: false,
    problem: "/etc/kubernetes/pki/apiserver.crt holds no certificate that can be read",
  });
  expect(certificates.filter(({ expires }) => expires !== undefined)).toHaveLength(9);
});

test("a CA whose key is elsewhere makes what it signs externally managed, and nothing else", async () => {
  const files = asExisting(await issue());
  files.delete(`${pki}/front-proxy-ca.key`);
  const { certificates, authorities } = endsOf(files, true);
  const external = [...certificates, ...authorities].filter(({ externallyManaged }) => externallyManaged);
  expect(names(external)).toEqual(["front-proxy-client", "front-proxy-ca"]);
});

test("without an etcd of its own a control plane has no certificates of etcd", async () => {
  const { certificates, authorities } = endsOf(asExisting(await issue()), false);
  expect(names([...certificates, ...authorities]).filter((name) => name.includes("etcd"))).toEqual([]);
});
