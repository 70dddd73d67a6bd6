import { beforeEach, expect, test } from "vitest";
import type { KubeObject } from "../../src/changes/change.ts";
import { firstControlPlane } from "../../src/phases/context.ts";
import { uploadCertificates } from "../../src/phases/upload-certificates.ts";
import { newCertificateKey, unseal } from "../../src/pki/certificate-key.ts";
import { sharedFiles, sharedName } from "../../src/pki/shared-files.ts";
import { answer, status } from "../kube/local-server.ts";
import { serveLocally } from "../kube/serve.ts";
import { contextOf } from "./context.ts";

const folder = "/api/v1/namespaces/kube-system/secrets";

const api = serveLocally();
/** The Secrets that the API has, by name. */
const stored = new Map<string, KubeObject>();

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** RFC 7386. */
const merged = (target: unknown, patch: unknown): unknown => {
  if (!isMap(patch)) return patch;
  const base = isMap(target) ? target : {};
  const kept = Object.entries(base).filter(([name]) => !(name in patch));
  const changed = Object.entries(patch).flatMap(([name, value]) => (value === null ? [] : [[name, merged(base[name], value)] as const]));
  return Object.fromEntries([...kept, ...changed]);
};

beforeEach(() => {
  stored.clear();
  let made = 0;
  api.server.handle((asked) => {
    const [path = ""] = asked.path.split("?");
    const name = path.slice(folder.length + 1);
    const found = stored.get(name);
    if (asked.method === "GET") return found ? answer(asked, 200, found) : answer(asked, 404, status(404, "NotFound", "not found"));
    if (asked.method === "PATCH") {
      const object: KubeObject = JSON.parse(JSON.stringify(merged(found, JSON.parse(asked.body))));
      stored.set(name, object);
      return answer(asked, 200, object);
    }
    const object: KubeObject = JSON.parse(asked.body);
    if (stored.has(object.metadata.name)) return answer(asked, 409, status(409, "AlreadyExists", "it is there"));
    const kept = { ...object, metadata: { ...object.metadata, uid: `uid-${(made += 1)}` } };
    stored.set(object.metadata.name, kept);
    answer(asked, 201, kept);
  });
});

const told = { signal: new AbortController().signal, waiting: () => undefined, warn: () => undefined };
const files = sharedFiles().map((path) => ({
  path,
  mode: 0o600,
  secret: true,
  part: "certs/ca",
  reason: undefined,
  content: Buffer.from(`of ${path}`),
}));

const upload = async (key?: string): Promise<string> => {
  const context = contextOf({ invitation: { life: 0, certificates: key === undefined ? {} : { key } } });
  context.learned.tell("kube", api.kube);
  context.learned.tell("pki", files);
  expect(await uploadCertificates.act?.(context, "cp1", told)).toEqual({ changed: ["Secret kube-system/kubeadm-certs"] });
  return context.learned.get("certificateKey");
};

const dataOf = (name: string): ReadonlyMap<string, Buffer> =>
  new Map(Object.entries(Object(stored.get(name)?.["data"])).map(([field, text]) => [field, Buffer.from(String(text), "base64")]));

const ownersOf = (): unknown => stored.get("kubeadm-certs")?.metadata["ownerReferences"];

const tokens = (): readonly KubeObject[] => [...stored.values()].filter(({ type }) => type === "bootstrap.kubernetes.io/token");

test("only a run that is asked to uploads", () => {
  expect(uploadCertificates.hosts(contextOf({ invitation: { life: 0 } }))).toEqual([]);
  const asked = contextOf({ invitation: { life: 0, certificates: {} } });
  expect(uploadCertificates.hosts(asked)).toEqual(firstControlPlane(asked));
});

test("every shared file is there under kubeadm's name, and opens with the key alone", async () => {
  const key = await upload();
  const data = dataOf("kubeadm-certs");
  expect([...data.keys()].toSorted()).toEqual(
    sharedFiles()
      .map((path) => sharedName(path))
      .toSorted(),
  );
  for (const { path, content } of files) {
    const sealed = data.get(sharedName(path)) ?? Buffer.alloc(0);
    expect(unseal(sealed, key)).toEqual(content);
    expect(unseal(sealed, newCertificateKey())).toBeUndefined();
  }
});

test("it belongs to a token of two hours by which nobody can log in, so that it goes when that one ends", async () => {
  await upload();
  const [token] = tokens();
  expect(ownersOf()).toEqual([
    {
      apiVersion: "v1",
      kind: "Secret",
      name: token?.metadata.name,
      uid: token?.metadata["uid"],
      controller: true,
      blockOwnerDeletion: true,
    },
  ]);
  const data = dataOf(token?.metadata.name ?? "");
  expect([...data.keys()].toSorted()).toEqual(["description", "expiration", "token-id", "token-secret"]);
  expect(data.get("description")?.toString()).toBe("Proxy for managing TTL for the kubeadm-certs secret");
  const left = Date.parse(data.get("expiration")?.toString() ?? "") - Date.now();
  expect(left).toBeGreaterThan(100 * 60_000);
  expect(left).toBeLessThanOrEqual(120 * 60_000);
});

test("another upload takes the place of the first, owner and all, also of fields that only that one had", async () => {
  await upload();
  const first = stored.get("kubeadm-certs");
  if (first) stored.set("kubeadm-certs", { ...first, data: { ...Object(first["data"]), "external-etcd.key": "b2xk" } });
  const key = newCertificateKey();
  expect(await upload(key)).toBe(key);
  const data = dataOf("kubeadm-certs");
  expect([...data.keys()].toSorted()).toEqual(
    sharedFiles()
      .map((path) => sharedName(path))
      .toSorted(),
  );
  expect(unseal(data.get("ca.key") ?? Buffer.alloc(0), key)?.toString()).toBe("of /etc/kubernetes/pki/ca.key");
  expect(ownersOf()).toEqual([expect.objectContaining({ name: tokens()[1]?.metadata.name })]);
});

test("a plan tells that it would be uploaded, and uploads nothing", async () => {
  const context = contextOf({ invitation: { life: 0, certificates: {} } });
  const foreseen = await uploadCertificates.foresee?.(context, "cp1", told);
  expect(foreseen?.changes).toEqual([expect.objectContaining({ change: "Secret kube-system/kubeadm-certs" })]);
  expect(stored.size).toBe(0);
});
