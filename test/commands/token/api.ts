import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, beforeEach } from "vitest";
import { renderKubeconfig } from "../../../src/pki/kubeconfig/kubeconfig.ts";
import type { Authority, Pair } from "../../kube/certificates.ts";
import { type Asked, answer, type LocalServer, status } from "../../kube/local-server.ts";
import { serveLocally } from "../../kube/serve.ts";

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

/** An API server on this machine that keeps Secrets, as the real one does, for the tests of a file. */
export const serveSecrets = (): SecretsApi => {
  const local = serveLocally();
  let admin: Pair;
  let file: string;
  const api: SecretsApi = { stored: new Map(), server: () => local.server, authority: () => local.authority, kubeconfig: () => file };
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
    admin = await local.authority.issue("admin", "/O=kubeadm:cluster-admins/CN=kubernetes-admin");
  });
  beforeEach(async () => {
    local.server.handle(handle);
    api.stored.clear();
    delete api.refuse;
    file = join(local.authority.directory, "admin.conf");
    const text = renderKubeconfig({
      clusterName: "kubernetes",
      server: `https://127.0.0.1:${local.server.port}`,
      caPem: local.authority.cert,
      user: "kubernetes-admin",
      credentials: { certificatePem: admin.cert, keyPem: admin.key },
    });
    await writeFile(file, text);
  });
  return api;
};
