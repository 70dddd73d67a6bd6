import { rm } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import type { Kube } from "../../src/kube/types.ts";
import { type Authority, makeAuthority } from "./certificates.ts";
import { type LocalServer, startLocalServer } from "./local-server.ts";

/** What a test, or a hook after these, has of the server. */
export interface Served {
  /** The same for all tests. */
  readonly authority: Authority;
  readonly server: LocalServer;
  readonly kube: Kube;
}

/** An API server on this machine for the tests of a file: a new one for each test, with a client of it, opened as `open` says. */
export const serveLocally = (open = ({ server }: Omit<Served, "kube">): Kube => server.open()): Served => {
  let authority: Authority;
  let server: LocalServer;
  let kube: Kube;
  beforeAll(async () => {
    authority = await makeAuthority();
  });
  afterAll(() => rm(authority.directory, { recursive: true }));
  beforeEach(async () => {
    server = await startLocalServer(authority);
    kube = open({ authority, server });
  });
  afterEach(() => {
    kube.close();
    server.close();
  });
  return {
    // Getters: hooks set these after this is handed out.
    get authority() {
      return authority;
    },
    get server() {
      return server;
    },
    get kube() {
      return kube;
    },
  };
};
