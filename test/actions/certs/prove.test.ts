import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { createServer, type Server } from "node:tls";
import { afterEach, beforeEach, expect, test } from "vitest";
import { prove, seeComponents, type Witness } from "../../../src/actions/certs/prove.ts";
import type { PkiFile } from "../../../src/pki/issue.ts";
import { asExisting, issue, now, textOf } from "../../pki/support.ts";
import { fakeHost, fakeMachine } from "../../support/fake-host.ts";
import { serveApi } from "../api.ts";

const podPath = "GET /api/v1/namespaces/kube-system/pods/etcd-cp1";
const [former, anew] = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"];
const pod = (startedAt: string, ready: boolean): unknown => ({
  metadata: { name: "etcd-cp1", resourceVersion: "1" },
  status: {
    phase: "Running",
    conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
    containerStatuses: [{ name: "etcd", ready, state: { running: { startedAt } } }],
  },
});

let answers: Record<string, unknown> = {};
const api = serveApi(() => answers);
let server: Server;
let files: readonly PkiFile[];

const present = (of: readonly PkiFile[]): void =>
  server.setSecureContext({ cert: textOf(of, "etcd/server.crt"), key: textOf(of, "etcd/server.key") });

beforeEach(async () => {
  files = await issue();
  server = createServer({}, (socket) => void socket.on("error", () => undefined));
  present(files);
  server.on("tlsClientError", () => undefined).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => void server.close());

const witness = (): Witness => ({
  door: {
    ...fakeHost(fakeMachine("cp1")).host,
    dial: async () => {
      const address = server.address();
      if (typeof address !== "object" || address === null) throw new Error("connection refused");
      return connectTcp(address.port, "127.0.0.1");
    },
  },
  kube: api.kube(),
  node: "cp1",
  listening: [{ component: "etcd", address: "127.0.0.1", port: 2379, file: "/etc/kubernetes/pki/etcd/server.crt", ofEtcd: true }],
  files: asExisting(files),
  before: new Map([["etcd", former]]),
});

test("a component is proven once it presents its file, was started anew and is ready, and not before", async () => {
  const old = await issue({ now: new Date(now.getTime() - 86_400_000) });
  present(old);
  answers = {};
  const reasons: string[] = [];
  const waiting = (reason: string): void => {
    reasons.push(reason);
    const next = [
      () => present(files),
      () => (answers = { [podPath]: pod(former, true) }),
      () => (answers = { [podPath]: pod(anew, false) }),
    ];
    (next[reasons.length - 1] ?? (() => (answers = { [podPath]: pod(anew, true) })))();
  };
  await prove(witness(), "etcd", { signal: new AbortController().signal, waiting });
  expect(reasons).toEqual([
    expect.stringMatching(/^etcd presents a certificate that ends .*: it has not loaded the file$/),
    "pod etcd-cp1 does not run",
    "etcd has not been started anew yet",
    expect.stringMatching(/^pod etcd-cp1: /),
  ]);
});

test("when components were started is noted, and one that the API does not show yet is waited for", async () => {
  answers = {};
  const seen = { ...witness(), before: new Map<string, string>() };
  const reasons: string[] = [];
  const waiting = (reason: string): void => {
    reasons.push(reason);
    answers = { [podPath]: pod(former, true) };
  };
  await seeComponents(seen, { signal: new AbortController().signal, waiting });
  expect([reasons, seen.before]).toEqual([["pod etcd-cp1 is not shown yet"], new Map([["etcd", former]])]);
});
