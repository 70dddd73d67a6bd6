import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { renderKubeconfig } from "../../../src/pki/kubeconfig.ts";
import { type Authority, makeAuthority, type Pair } from "../../kube/certificates.ts";
import { type Asked, answer, type LocalServer, startLocalServer, status } from "../../kube/local-server.ts";

export interface StoredSecret {
  readonly metadata: { readonly name: string };
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
}

export interface SecretsApi {
  /** The Secrets in kube-system, by name. */
  readonly stored: Map<string, StoredSecret>;
  readonly server: () => LocalServer;
  readonly authority: () => Authority;
  /** An administrator's kubeconfig for it. */
  readonly kubeconfig: () => string;
  /** Stands before the store: what it answers is not asked of it. */
  refuse?: (asked: Asked) => boolean;
}

const collection = "/api/v1/namespaces/kube-system/secrets";

const need = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error("not started");
  return value;
};

/** An API server on this machine that keeps Secrets, as the real one does, for the tests of a file. */
export const serveSecrets = (): SecretsApi => {
  let [authority, admin, server, file]: [Authority?, Pair?, LocalServer?, string?] = [];
  const api: SecretsApi = { stored: new Map(), server: () => need(server), authority: () => need(authority), kubeconfig: () => need(file) };
  const handle = (asked: Asked): void => {
    if (api.refuse?.(asked)) return;
    const { pathname, searchParams } = new URL(asked.path, "https://kubernetes");
    const name = pathname.startsWith(`${collection}/`) ? pathname.slice(collection.length + 1) : undefined;
    const found = api.stored.get(name ?? "");
    if (pathname === collection && asked.method === "GET") {
      const type = searchParams.get("fieldSelector")?.replace("type=", "");
      const items = [...api.stored.values()].filter((secret) => secret.type === type);
      return answer(asked, 200, { items, metadata: { resourceVersion: "1" } });
    }
    if (asked.method === "POST") {
      const secret: StoredSecret = JSON.parse(asked.body);
      if (api.stored.has(secret.metadata.name)) return answer(asked, 409, status(409, "AlreadyExists", "it is there"));
      api.stored.set(secret.metadata.name, secret);
      return answer(asked, 201, secret);
    }
    if (found === undefined) return answer(asked, 404, status(404, "NotFound", "not found"));
    if (asked.method === "DELETE") api.stored.delete(name ?? "");
    answer(asked, 200, found);
  };
  beforeAll(async () => {
    authority = await makeAuthority();
    admin = await authority.issue("admin", "/O=kubeadm:cluster-admins/CN=kubernetes-admin");
  });
  afterAll(() => rm(need(authority).directory, { recursive: true }));
  beforeEach(async () => {
    server = await startLocalServer(need(authority));
    server.handle(handle);
    api.stored.clear();
    delete api.refuse;
    file = join(need(authority).directory, "admin.conf");
    const { cert, key } = need(admin);
    const text = renderKubeconfig({
      clusterName: "kubernetes",
      server: `https://127.0.0.1:${server.port}`,
      caPem: need(authority).cert,
      user: "kubernetes-admin",
      credentials: { certificatePem: cert, keyPem: key },
    });
    await writeFile(file, text);
  });
  afterEach(() => need(server).close());
  return api;
};
