import { rm } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type LeavingHere, leaveEtcdHere } from "../../../src/actions/reset/etcd.ts";
import { resetHere } from "../../../src/actions/reset/here.ts";
import type { Host } from "../../../src/changes/host.ts";
import { createBus, type RunEvent } from "../../../src/engine/events.ts";
import type { PkiFilesFact } from "../../../src/facts/index.ts";
import { type Authority, makeAuthority, type Pair } from "../../kube/certificates.ts";
import { answer, type LocalServer, startLocalServer } from "../../kube/local-server.ts";
import { answerOf } from "../../simulation/answers.ts";
import { type FakeMachine, fakeHost, fakeMachine } from "../../support/fake-host.ts";
import { write } from "../fake-fleet.ts";
import { options } from "../options.ts";

let authority: Authority;
let client: Pair;
/** etcd on this machine, and another member's. */
let [own, other]: LocalServer[] = [];
let events: RunEvent[];

beforeAll(async () => {
  authority = await makeAuthority();
  client = await authority.issue("client", "/CN=kube-etcd-healthcheck-client");
});
afterAll(() => rm(authority.directory, { recursive: true }));
beforeEach(async () => {
  events = [];
  [own, other] = [await startLocalServer(authority, "DNS:localhost"), await startLocalServer(authority, "DNS:localhost")];
});
afterEach(() => {
  own?.close();
  other?.close();
});

const there = (server: LocalServer | undefined): LocalServer => {
  if (!server) throw new Error("no server");
  return server;
};

const header = { cluster_id: "1", member_id: "11", revision: "1", raft_term: "2" };

/** Both answer alike, as a cluster does, but for whom they are. */
const serve = (isAlone: boolean, refusal?: string): void => {
  const members = [
    { ID: "11", name: "cp2", peerURLs: ["https://10.0.0.12:2380"], clientURLs: ["https://10.0.0.12:2379"] },
    { ID: "22", name: "cp1", peerURLs: ["https://10.0.0.11:2380"], clientURLs: [`https://127.0.0.1:${there(other).port}`] },
  ];
  for (const server of [there(own), there(other)]) {
    server.handle((asked) => {
      if (asked.path.endsWith("/status")) return answer(asked, 200, { header, version: "3.6.8", leader: "22" });
      if (asked.path.endsWith("/list")) return answer(asked, 200, { header, members: isAlone ? members.slice(0, 1) : members });
      return refusal === undefined ? answer(asked, 200, { header }) : answer(asked, 400, { code: 9, message: refusal });
    });
  }
};

const removals = (server: LocalServer | undefined): readonly string[] =>
  there(server)
    .asked.filter(({ path }) => path.endsWith("/member/remove"))
    .map(({ body }) => body);

/** Of a first control plane, which remembers nobody else. */
const manifest = { initialCluster: "cp2=https://127.0.0.9:2380" };

const file = (text: string) => ({ mode: 0o600, content: Buffer.from(text) });

const files = (): readonly (readonly [path: string, text: string])[] => [
  ["/etc/kubernetes/pki/etcd/ca.crt", authority.cert],
  ["/etc/kubernetes/pki/etcd/healthcheck-client.crt", client.cert],
  ["/etc/kubernetes/pki/etcd/healthcheck-client.key", client.key],
];

/** At which addresses it was looked for on this machine. */
const leave = async (initialCluster = manifest.initialCluster, listening?: LeavingHere["listening"]): Promise<ReadonlySet<string>> => {
  const dialled = new Set<string>();
  const bus = createBus();
  bus.subscribe((event) => void events.push(event));
  const found: PkiFilesFact = new Map(files().map(([path, text]) => [path, file(text)]));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing but a connection is asked of it
  const door = {
    name: "cp2",
    dial: (address: string, port: number) => (dialled.add(`${address} ${port}`), there(own).tunnels.dial()),
  } as unknown as Host;
  await leaveEtcdHere(door, { found, manifest: { initialCluster }, listening }, options({ bus }));
  return dialled;
};

const warnings = (): readonly string[] => events.flatMap((event) => (event.type === "warning" ? [event.text] : []));

test("a member among others is taken out by one of those that stay", async () => {
  serve(false);
  await leave();
  expect(removals(other).map((body) => JSON.parse(body))).toEqual([{ ID: "11" }]);
  expect(removals(own)).toEqual([]);
  expect(warnings()).toEqual([]);
});

test("the machine's own is asked at the loopback address of its family", async () => {
  serve(true);
  expect(await leave()).toEqual(new Set(["127.0.0.1 2379"]));
  expect(await leave("cp2=https://[fd00::12]:2380")).toEqual(new Set(["::1 2379"]));
});

test("the machine's own is asked where its manifest has it listen", async () => {
  serve(true);
  expect(await leave(manifest.initialCluster, { address: "10.0.0.12", port: 12_379 })).toEqual(new Set(["10.0.0.12 12379"]));
});

test("the only member stays", async () => {
  serve(true);
  await leave();
  expect([...removals(own), ...removals(other)]).toEqual([]);
  expect(warnings()).toEqual([]);
});

test("where etcd refuses or does not answer, it is told how to do it by hand, and nothing ends", async () => {
  serve(false, "etcdserver: re-configuration failed due to not enough started members");
  await leave();
  expect(warnings()).toEqual([expect.stringMatching(/not taken out of etcd: .*not enough started members.*etcdctl member remove/)]);
  there(own).close();
  await leave();
  expect(warnings()).toHaveLength(2);
});

describe("the machine that is given back", () => {
  let machine: FakeMachine;
  /** What was done there, and how often etcd had been asked for a removal by then. */
  let done: string[];
  beforeEach(() => {
    serve(false);
    done = [];
    machine = fakeMachine("cp2");
    for (const [path, text] of [...files(), ["/var/lib/kbs/cluster", "0b5a8c9e demo\n"] as const]) write(machine, path, text);
    for (const id of ["ownership", "pkiFiles"])
      machine.answers.set(id, answerOf(machine, { id, script: "" }, { nth: 0, name: "cp2", address: "10.0.0.12" }, true));
    machine.answers.set("remains", "yes");
    machine.answers.set("tlsListeners", "@@ etcd\n--listen-client-urls=https://127.0.0.1:2379\n");
    machine.answers.set("kubernetes", `etcd:initial-cluster=${manifest.initialCluster}\netcd:data\n`);
    machine.runs = (script) => {
      done.push(`${script.includes("systemctl stop kubelet") ? "stop" : "undo"} after ${removals(other).length}`);
      return { code: 0, output: "" };
    };
  });

  const reset = () => {
    const counts = { channels: 0, bytesSent: 0, bytesReceived: 0 };
    const { host } = fakeHost(machine);
    const connect = () => Promise.resolve({ host: { ...host, dial: () => there(own).tunnels.dial() }, counts });
    return resetHere({ ...options({ connect }), isRoot: true, confirm: () => Promise.resolve(true) });
  };

  test("leaves etcd before anything is stopped", async () => {
    expect(await reset()).toMatchObject({ exit: "done" });
    expect(done).toEqual(["stop after 1", "undo after 1"]);
  });

  test("stays in etcd where another run holds it, and nothing is changed", async () => {
    machine.holder = { run: "theirs", owner: "alice@laptop", lose: () => undefined };
    await expect(reset()).rejects.toMatchObject({ exit: "locked" });
    expect([done, removals(own), removals(other)]).toEqual([[], [], []]);
  });
});
