import { once } from "node:events";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import { connect as connectTcp } from "node:net";
import { createServer, type Server } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { renewCertificates } from "../../../src/actions/certs/renew.ts";
import { forgetScript } from "../../../src/changes/sh/forget.ts";
import { createBus, type RunEvent } from "../../../src/engine/events.ts";
import type { PkiFile } from "../../../src/pki/issue.ts";
import { readKubeconfig } from "../../../src/pki/kubeconfig/kubeconfig.ts";
import { certificatesIn } from "../../../src/pki/pem.ts";
import { clientOf, issue, textOf } from "../../pki/support.ts";
import { type FakeMachine, fakeHost, fakeMachine } from "../../support/fake-host.ts";
import { hurry } from "../../support/hurry.ts";
import { options } from "../options.ts";

// A machine in memory with a control plane's files; its API server and scheduler are real TLS servers of this test.

const schedulerConf = "/etc/kubernetes/scheduler.conf";
const restarted = "static-pod:kube-scheduler";

let files: readonly PkiFile[];
let machine: FakeMachine;
let api: Http2SecureServer;
let scheduler: Server;
/** One of three members; the others do not answer. */
let etcd: Http2SecureServer;
/** At which addresses the API was looked for. */
let apiAt: Set<string>;
/** Names of the pods that the API was asked about, and by whom. */
let asked: string[];
let ready: boolean;
/** Whether nothing of kbs's is left on the machine. */
let forgotten: boolean;

const portOf = (server: Server | Http2SecureServer): number => {
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("connection refused");
  return address.port;
};

const podOf = (name: string): unknown => {
  const isNew = machine.states.has(restarted);
  const conditions = [{ type: "Ready", status: ready || !isNew ? "True" : "False" }];
  const state = { running: { startedAt: isNew ? "2026-01-02T00:00:00Z" : "2026-01-01T00:00:00Z" } };
  return {
    metadata: { name, resourceVersion: "1" },
    status: { phase: "Running", conditions, containerStatuses: [{ name: "kube-scheduler", ready: true, state }] },
  };
};

/** As the host would answer: every file below /etc/kubernetes, less those that are away. */
const answerQuestions = (away: readonly string[] = []): void => {
  const there = files.filter(({ path }) => !away.includes(path));
  for (const path of ["/etc", "/etc/kubernetes", "/etc/kubernetes/pki", "/etc/kubernetes/pki/etcd"])
    machine.nodes.set(path, { type: "directory", mode: 0o755, content: Buffer.alloc(0) });
  for (const { path, mode, content } of there) machine.nodes.set(path, { type: "regular file", mode, content });
  const list = there.map(({ path, mode, content }) => `${mode.toString(8)} ${content.length} ${path}\n`).join("");
  const content = Buffer.concat(there.map((file) => file.content)).toString("base64");
  machine.answers.set("pkiFiles", `@@ files\n${list}@@ content\n${content}\n`);
  machine.answers.set("ownership", "");
  machine.answers.set("kubeletCertificates", `@@ client\n${clientOf(files, "kubelet.conf").certificate}@@ serving\n`);
  machine.answers.set("tlsListeners", "@@ kube-scheduler\n--secure-port=10259\n");
};

beforeEach(async () => {
  files = await issue();
  machine = fakeMachine("cp1");
  machine.runs = (script) => {
    forgotten = script === forgetScript;
    return { code: 0, output: "" };
  };
  forgotten = false;
  asked = [];
  apiAt = new Set();
  ready = true;
  const pair = { cert: textOf(files, "apiserver.crt"), key: textOf(files, "apiserver.key"), ca: textOf(files, "ca.crt") };
  api = createSecureServer({ ...pair, requestCert: true, rejectUnauthorized: true });
  api.on("stream", (stream, headers) => {
    const path = headers[":path"] ?? "";
    const pod = path.startsWith("/api/v1/namespaces/kube-system/pods/") ? path.slice(path.lastIndexOf("/") + 1) : undefined;
    if (pod !== undefined) asked.push(pod);
    stream.respond({ ":status": pod === undefined ? 404 : 200, "content-type": "application/json" });
    stream.end(JSON.stringify(pod === undefined ? { kind: "Status", reason: "NotFound" } : podOf(pod)));
  });
  api.listen(0, "127.0.0.1");
  const etcdPair = { cert: textOf(files, "etcd/server.crt"), key: textOf(files, "etcd/server.key"), ca: textOf(files, "etcd/ca.crt") };
  etcd = createSecureServer({ ...etcdPair, requestCert: true, rejectUnauthorized: true });
  etcd.on("stream", (stream, headers) => {
    const isStatus = headers[":path"]?.endsWith("/status");
    const members = [1, 2, 3].map((nth) => ({ ID: String(nth), name: `cp${nth}`, clientURLs: [`https://10.0.0.1${nth}:2379`] }));
    stream.respond({ ":status": 200, "content-type": "application/json" });
    stream.end(JSON.stringify(isStatus ? { header: { member_id: "1" }, version: "3.6.8", leader: "1" } : { members }));
  });
  etcd.listen(0, "127.0.0.1");
  scheduler = createServer(pair, (socket) => void socket.on("error", () => undefined)).listen(0, "127.0.0.1");
  scheduler.on("tlsClientError", () => undefined);
  await Promise.all([api, etcd, scheduler].map((server) => once(server, "listening")));
});
afterEach(() => {
  for (const server of [api, etcd, scheduler]) server.close();
});

const dial = async (address: string, port: number) => {
  if (port === 6443) apiAt.add(address);
  const server = new Map<number, Server | Http2SecureServer>([
    [6443, api],
    [2379, etcd],
  ]).get(port);
  if (server === etcd && address !== "127.0.0.1") throw new Error("connection refused");
  return connectTcp(portOf(server ?? scheduler), "127.0.0.1");
};

const renewing = (name: string, changes: { readonly signal?: AbortSignal } = {}) => {
  const events: RunEvent[] = [];
  const bus = createBus();
  bus.subscribe((event) => void events.push(event));
  const { host } = fakeHost(machine);
  const connect = async () => ({ host: { ...host, dial }, counts: { channels: 0, bytesSent: 0, bytesReceived: 0 } });
  const ended = renewCertificates({ ...options({ bus, connect, ...changes }), here: true, isRoot: true, name });
  return { ended, events };
};

const onMachine = (path: string): string => machine.nodes.get(path)?.content.toString() ?? "";
const clientIn = (text: string) => certificatesIn(readKubeconfig(text)?.clientCertificate ?? "")[0];

test("a component gets its renewed file, is started anew, and is waited for until it is ready", async () => {
  answerQuestions();
  const before = onMachine(schedulerConf);
  ready = false;
  const { ended, events } = renewing("scheduler.conf");
  while (!events.some((event) => event.type === "waiting" && event.reason.startsWith("pod kube-scheduler-cp1: ")))
    await new Promise((resolve) => setTimeout(resolve, 10));
  expect(machine.holder).toBeDefined();
  ready = true;
  expect(await ended).toMatchObject({ exit: "done", changed: 2 });
  const [old, fresh] = [clientIn(before), clientIn(onMachine(schedulerConf))];
  expect(fresh?.subject).toBe(old?.subject);
  expect(fresh?.publicKey.equals(old?.publicKey ?? fresh.publicKey)).toBe(false);
  expect(machine.states.has(restarted)).toBe(true);
  expect(forgotten).toBe(true);
  expect(machine.holder).toBeUndefined();
  const others = files.filter(({ path }) => path !== schedulerConf);
  expect(others.filter(({ path, content }) => onMachine(path) !== content.toString())).toEqual([]);
  expect(new Set(asked)).toEqual(new Set(["kube-scheduler-cp1"]));
});

describe("nothing is changed", () => {
  test.each([
    ["where the certificate is not there", "scheduler.conf", [schedulerConf], "scheduler.conf is not there"],
    [
      "where its CA's key is elsewhere",
      "apiserver",
      ["/etc/kubernetes/pki/ca.key"],
      "apiserver is signed by a CA whose key is kept elsewhere",
    ],
    [
      "where nobody could see whether it went well",
      "scheduler.conf",
      ["/etc/kubernetes/admin.conf"],
      "/etc/kubernetes/admin.conf is not there",
    ],
  ])("%s", async (_, name, away, sentence) => {
    answerQuestions(away);
    await expect(renewing(name).ended).rejects.toThrow(
      expect.objectContaining({ message: expect.stringContaining(sentence), exit: "preflight" }),
    );
    expect(machine.messages.filter(({ kind }) => kind !== "ask")).toEqual([]);
  });

  test("where etcd would have no majority while the component loads it", async () => {
    answerQuestions();
    machine.answers.set("tlsListeners", "@@ etcd\n--listen-client-urls=https://127.0.0.1:2379\n");
    hurry();
    const { ended, events } = renewing("etcd-server");
    expect(await ended).toEqual({ exit: "preflight", changed: 0, next: [] });
    const told = events.flatMap((event) => (event.type === "error" ? [event.error.message] : []));
    expect(told).toEqual([
      expect.stringContaining(" cannot be renewed now: etcd has no majority while cp1 restarts: cp2, cp3 are not healthy"),
    ]);
    expect(machine.messages.filter(({ kind }) => kind !== "ask")).toEqual([]);
    expect(machine.holder).toBeUndefined();
  });

  test("while another run holds the host", async () => {
    answerQuestions();
    const ticket = { cluster: { id: "", name: "" }, run: "theirs" };
    const lease = await fakeHost(machine).host.hold(ticket, { user: "alice", machine: "laptop", pid: 1, command: "kbs apply" });
    await expect(renewing("scheduler.conf").ended).rejects.toThrow(expect.objectContaining({ exit: "locked" }));
    expect(onMachine(schedulerConf)).toBe(textOf(files, "scheduler.conf"));
    await lease.release();
  });
});

test("an API server that listens at one address is asked there", async () => {
  answerQuestions();
  machine.answers.set("tlsListeners", "@@ kube-apiserver\n--bind-address=10.0.0.11\n--secure-port=6443\n");
  await renewing("admin.conf").ended;
  expect(apiAt).toEqual(new Set(["10.0.0.11"]));
});

test("of all certificates those that are not there are named, and the others are renewed", async () => {
  answerQuestions(files.map(({ path }) => path).filter((path) => !/admin\.conf$|ca\.(crt|key)$/.test(path)));
  const { ended, events } = renewing("all");
  expect(await ended).toMatchObject({ exit: "done", changed: 2 });
  const warnings = events.flatMap((event) => (event.type === "warning" ? [event.text] : []));
  // No etcd runs here, so nobody misses its certificates.
  expect(warnings).toEqual(
    ["apiserver", "apiserver-kubelet-client", "controller-manager.conf", "front-proxy-client", "scheduler.conf"].map(
      (name) => `${name} is not there`,
    ),
  );
  for (const name of ["admin.conf", "super-admin.conf"]) expect(onMachine(`/etc/kubernetes/${name}`)).not.toBe(textOf(files, name));
});
