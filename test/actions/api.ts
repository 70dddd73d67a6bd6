import { beforeEach } from "vitest";
import type { Kube } from "../../src/kube/types.ts";
import { answer, status } from "../kube/local-server.ts";
import { serveLocally } from "../kube/serve.ts";

export interface ServedApi {
  /** A client of the server. */
  kube: () => Kube;
  /** Requests so far, as "GET /api/v1/nodes", and what they carried. */
  asked: () => readonly (readonly [request: string, body: string])[];
}

/**
 * An API server on this machine for the tests of a file. It answers what `answers` holds by method and path, an empty list for every other
 * collection, and 404 for any other object.
 */
export const serveApi = (answers: () => Readonly<Record<string, unknown>>): ServedApi => {
  const api = serveLocally();
  beforeEach(() => {
    api.server.handle((asked) => {
      const known = answers()[`${asked.method} ${asked.path}`];
      if (known !== undefined) return answer(asked, asked.method === "POST" ? 201 : 200, known);
      if (/\/(nodes|pods|deployments|daemonsets)$/.test(asked.path)) return answer(asked, 200, list());
      answer(asked, 404, status(404, "NotFound", "not found"));
    });
  });
  return { kube: () => api.kube, asked: () => api.server.asked.map(({ method, path, body }) => [`${method} ${path}`, body]) };
};

/** What a collection answers. */
export const list = (...items: readonly unknown[]): unknown => ({ items, metadata: { resourceVersion: "1" } });
