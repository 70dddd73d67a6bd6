import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import type { KubeObject } from "../../src/changes/change.ts";
import { applyExtraAddons, makeAddonCertificates } from "../../src/phases/apply-extra-addons.ts";
import type { Context } from "../../src/phases/context.ts";
import { serveApi } from "../actions/api.ts";
import { days, issue, now } from "../pki/support.ts";
import { cluster, w1 } from "../templates/cluster.ts";
import { plain } from "../templates/plain.ts";
import { contextOf } from "./context.ts";

const secretPath = "/api/v1/namespaces/kubernetes-dashboard/secrets/headlamp-tls";
let stored: unknown;
const api = serveApi(() => (stored === undefined ? {} : { [`GET ${secretPath}`]: stored }));

const { encryptionAlgorithm: _, ...kubernetes } = cluster.kubernetes;
const withDashboard = {
  ...cluster,
  addons: [{ name: "dashboard", values: { nodePort: 31_000 } }],
  kubernetes: { ...kubernetes, encryptionAlgorithm: "ECDSA-P256" as const },
};
const pki = await issue();
const act = { signal: new AbortController().signal, waiting: () => undefined, warn: () => undefined };

/** What a run wishes, of a cluster in which the Secret stands as it was stored last. */
const run = async (changes: Partial<Context> = {}): Promise<readonly KubeObject[]> => {
  const context = contextOf({ cluster: withDashboard, now, ...changes });
  context.learned.tell("pki", pki);
  context.learned.tell("kube", api.kube());
  await makeAddonCertificates.act?.(context, "cp1", act);
  return (applyExtraAddons.wish?.(context, "cp1") ?? []).flatMap((change) => (change.kind === "object" ? [change.object] : []));
};

const secretIn = (objects: readonly KubeObject[]): KubeObject => objects.find(({ kind }) => kind === "Secret") ?? expect.fail("no Secret");
const certificateIn = (secret: KubeObject): X509Certificate => {
  const { data } = plain<{ readonly data: Readonly<Record<string, string>> }>(secret);
  return new X509Certificate(Buffer.from(data["tls.crt"] ?? "", "base64"));
};

test("a cluster without add-ons has no unit for them", () => {
  expect([makeAddonCertificates, applyExtraAddons].map((phase) => phase.hosts(contextOf()))).toEqual([[], []]);
  expect(applyExtraAddons.hosts(contextOf({ cluster: withDashboard }))).toEqual(["cp1"]);
});

test("an add-on is applied with the values of the file and a certificate of its own", async () => {
  stored = undefined;
  const objects = await run();
  expect(objects.find(({ kind }) => kind === "Service")).toMatchObject({ spec: { ports: [{ nodePort: 31_000 }] } });
  const certificate = certificateIn(secretIn(objects));
  expect(certificate.checkIP("10.0.0.21")).toBe("10.0.0.21");
  expect(certificate.checkHost("cp1")).toBe("cp1");
  expect(certificate.validToDate.getTime() - now.getTime()).toBeGreaterThan(days(364));
});

test("a second run wishes the very same: the certificate in the cluster is kept", async () => {
  stored = undefined;
  const first = await run();
  stored = secretIn(first);
  expect(await run()).toEqual(first);
});

test("a certificate that is to end soon, or lacks a new host, is made anew", async () => {
  stored = undefined;
  const first = secretIn(await run());
  stored = first;
  const later = secretIn(await run({ now: new Date(now.getTime() + days(340)) }));
  expect(certificateIn(later).serialNumber).not.toBe(certificateIn(first).serialNumber);
  const grown = {
    ...withDashboard,
    hosts: [...withDashboard.hosts, { ...w1, name: "w2", address: "10.0.0.22", internalAddress: "10.0.0.22" }],
  };
  expect(certificateIn(secretIn(await run({ cluster: grown }))).checkHost("w2")).toBe("w2");
});
