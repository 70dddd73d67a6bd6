import { rm } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import type { Kube } from "../../src/kube/types.ts";
import { type Authority, makeAuthority } from "../kube/certificates.ts";
import { answer, type LocalServer, startLocalServer, status } from "../kube/local-server.ts";

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
  let authority: Authority;
  let server: LocalServer;
  let kube: Kube;
  beforeAll(async () => {
    authority = await makeAuthority();
  });
  afterAll(() => rm(authority.directory, { recursive: true }));
  beforeEach(async () => {
    server = await startLocalServer(authority);
    server.handle((asked) => {
      const known = answers()[`${asked.method} ${asked.path}`];
      if (known !== undefined) return answer(asked, asked.method === "POST" ? 201 : 200, known);
      if (/\/(nodes|pods|deployments|daemonsets)$/.test(asked.path)) return answer(asked, 200, list());
      answer(asked, 404, status(404, "NotFound", "not found"));
    });
    kube = server.open();
  });
  afterEach(() => {
    kube.close();
    server.close();
  });
  return { kube: () => kube, asked: () => server.asked.map(({ method, path, body }) => [`${method} ${path}`, body]) };
};

/** What a collection answers. */
export const list = (...items: readonly unknown[]): unknown => ({ items, metadata: { resourceVersion: "1" } });
