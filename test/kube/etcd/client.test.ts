import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { KubeError } from "../../../src/kube/error.ts";
import { openEtcd } from "../../../src/kube/etcd/client.ts";
import type { Etcd } from "../../../src/kube/etcd/types.ts";
import { type Authority, makeAuthority, type Pair } from "../certificates.ts";
import { answer, type LocalServer, startLocalServer } from "../local-server.ts";

// Every answer here is one that etcd 3.6.8 has given on its JSON gateway.

let authority: Authority;
let client: Pair;
let servers: readonly LocalServer[] = [];
let etcd: Etcd;

const member = (nth: 0 | 1): LocalServer => servers[nth] ?? expect.fail("no such server");

beforeAll(async () => {
  authority = await makeAuthority();
  client = await authority.issue("client", "/CN=kube-etcd-healthcheck-client");
});
afterAll(() => rm(authority.directory, { recursive: true }));
beforeEach(async () => {
  servers = [await startLocalServer(authority, "DNS:localhost"), await startLocalServer(authority, "DNS:localhost")];
  const endpoints = servers.map(({ tunnels }, nth) => ({ dial: tunnels.dial, describe: `cp${nth + 1}` }));
  etcd = openEtcd({ endpoints, ca: authority.cert, cert: client.cert, key: client.key });
});
afterEach(() => {
  etcd.close();
  servers.forEach((server) => server.close());
});

const failure = async (promise: Promise<unknown>): Promise<KubeError> => {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof KubeError ? error : expect.fail(`no KubeError: ${String(error)}`);
};

const header = { cluster_id: "8925027824743593106", member_id: "15605283837629904139", revision: "1", raft_term: "2" };
const [first, learner] = [
  { ID: "15605283837629904139", name: "cp1", peerURLs: ["https://10.0.0.11:2380"], clientURLs: ["https://10.0.0.11:2379"] },
  { ID: "2603525001090452404", peerURLs: ["https://10.0.0.12:2380"], isLearner: true },
];
const refusal = (code: number, message: string) => ({ code, message, details: [] });

describe("the members of etcd", () => {
  test("are listed as a majority knows them, those that have not started and have no vote among them", async () => {
    member(0).handle((asked) => answer(asked, 200, { header, members: [first, learner] }));
    expect(await etcd.members()).toEqual([
      {
        id: "15605283837629904139",
        name: "cp1",
        peerUrls: ["https://10.0.0.11:2380"],
        clientUrls: ["https://10.0.0.11:2379"],
        isLearner: false,
      },
      { id: "2603525001090452404", name: "", peerUrls: ["https://10.0.0.12:2380"], clientUrls: [], isLearner: true },
    ]);
    const [asked] = member(0).asked;
    expect([asked?.method, asked?.path, JSON.parse(asked?.body ?? "")]).toEqual([
      "POST",
      "/v3/cluster/member/list",
      { linearizable: true },
    ]);
  });

  test("are joined by one without a vote", async () => {
    member(0).handle((asked) => answer(asked, 200, { header, member: learner, members: [learner, first] }));
    expect((await etcd.addLearner("https://10.0.0.12:2380")).map(({ isLearner }) => isLearner)).toEqual([true, false]);
    expect(JSON.parse(member(0).asked[0]?.body ?? "")).toEqual({ peerURLs: ["https://10.0.0.12:2380"], isLearner: true });
  });

  test.each([
    [400, "etcdserver: too many learner members in cluster", false],
    [400, "etcdserver: can only promote a learner member which is in sync with leader", false],
    [404, "etcdserver: member not found", false],
    [503, "etcdserver: unhealthy cluster", true],
  ])("that refuse with %s say why: %s", async (code, message, transient) => {
    for (const server of servers) server.handle((asked) => answer(asked, code, refusal(9, message)));
    expect(await failure(etcd.promote("1"))).toMatchObject({ code, reason: message, transient });
  });

  test("that have no vote, no leader or no process are passed over, and whoever answers is asked first from then on", async () => {
    member(0).handle((asked) => answer(asked, 503, refusal(14, "etcdserver: rpc not supported for learner")));
    member(1).handle((asked) => answer(asked, 200, { header, members: [first] }));
    expect(await etcd.members()).toHaveLength(1);
    await etcd.members();
    expect([member(0).asked.length, member(1).asked.length]).toEqual([1, 2]);
    member(1).close();
    member(0).handle((asked) => answer(asked, 200, { header, members: [first] }));
    expect(await etcd.members()).toHaveLength(1);
  });

  test("that all do not answer are named", async () => {
    for (const server of servers) server.close();
    expect(await failure(etcd.members())).toMatchObject({ code: 0, reason: "NoAnswer", transient: true });
    const none = openEtcd({ endpoints: [], ca: authority.cert, cert: client.cert, key: client.key });
    expect((await failure(none.members())).message).toContain("no member of it is known");
    none.close();
  });
});

test("a member tells its leader, and what it complains of", async () => {
  const said = { header, version: "3.6.8", dbSize: "20480", raftIndex: "9", raftTerm: "2", errors: ["etcdserver: no leader"] };
  member(0).handle((asked) => answer(asked, 200, said));
  expect(await etcd.status()).toEqual({
    memberId: header.member_id,
    version: "3.6.8",
    leader: "0",
    size: 20_480,
    isLearner: false,
    errors: ["etcdserver: no leader"],
  });
});

test("a snapshot arrives in pieces, whole: the database and its checksum", async () => {
  const database = Buffer.alloc(70_000, "kbs");
  const whole = Buffer.concat([database, createHash("sha256").update(database).digest()]);
  member(0).handle(({ stream }) => {
    stream.respond({ ":status": 200, "content-type": "application/json" });
    for (const piece of [whole.subarray(0, 65_536), whole.subarray(65_536)]) {
      stream.write(`${JSON.stringify({ result: { header, remaining_bytes: "0", blob: piece.toString("base64") } })}\n`);
    }
    stream.end();
  });
  const pieces: Buffer[] = [];
  await etcd.snapshot((piece) => void pieces.push(piece));
  expect(Buffer.concat(pieces).equals(whole)).toBe(true);
});
