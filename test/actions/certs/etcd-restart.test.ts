import { once } from "node:events";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { whyNotRestartEtcd } from "../../../src/actions/certs/etcd-restart.ts";
import { thisMachine } from "../../../src/actions/fleet/here.ts";
import type { PkiFile } from "../../../src/pki/issue.ts";
import { asExisting, days, issue, now, textOf } from "../../pki/support.ts";
import { fakeHost, fakeMachine } from "../../support/fake-host.ts";
import { hurry } from "../../support/hurry.ts";

// Three members of etcd, each a TLS server of this test, which answer as one.

const names = ["cp1", "cp2", "cp3"] as const;
const addressOf = (name: string): string => `10.0.0.1${name.at(-1)}`;
const idOf = (name: string): string => `10${name.at(-1)}`;

let files: readonly PkiFile[];
let servers: ReadonlyMap<string, Http2SecureServer>;
/** Members that do not answer. */
let dead: Set<string>;
/** Whether a majority agrees on anything. */
let hasMajority: boolean;
/** Whose ports were dialled from where. */
let dialled: string[];

const portOf = (name: string): number => {
  const address = servers.get(name)?.address();
  if (typeof address !== "object" || address === null || dead.has(name)) throw new Error("connection refused");
  return address.port;
};

const urlsOf = (name: string, port: number): readonly string[] => [`https://${addressOf(name)}:${port}`];
const raw = (name: string) => ({ ID: idOf(name), name, peerURLs: urlsOf(name, 2380), clientURLs: urlsOf(name, 2379) });

const answerTo = (path: string, name: string): readonly [code: number, body: unknown] => {
  if (path.endsWith("/status")) return [200, { header: { member_id: idOf(name) }, version: "3.6.8", leader: "101" }];
  return hasMajority ? [200, { members: names.map(raw) }] : [503, { message: "etcdserver: request timed out" }];
};

const serve = async (name: string): Promise<Http2SecureServer> => {
  const pair = { cert: textOf(files, "etcd/server.crt"), key: textOf(files, "etcd/server.key"), ca: textOf(files, "etcd/ca.crt") };
  const server = createSecureServer({ ...pair, requestCert: true, rejectUnauthorized: true });
  server.on("stream", (stream, headers) => {
    const [code, body] = answerTo(headers[":path"] ?? "", name);
    stream.respond({ ":status": code, "content-type": "application/json" });
    stream.end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
};

const serveAll = async (): Promise<void> => {
  servers = new Map(await Promise.all(names.map(async (name) => [name, await serve(name)] as const)));
};

beforeEach(async () => {
  [dead, hasMajority, dialled] = [new Set(), true, []];
  files = await issue();
  await serveAll();
});
afterEach(() => {
  for (const server of servers.values()) server.close();
});

type Plan = Parameters<typeof whyNotRestartEtcd>[0];

/** A control plane on which these files are renewed. */
const planOf = (name: string, renewed: readonly string[] = ["etcd/server.crt"], known: Plan["host"] = thisMachine()): Plan => {
  const dial: Plan["door"]["dial"] = async (address) => {
    const member = names.find((one) => addressOf(one) === address) ?? name;
    dialled.push(`${member} from ${name}`);
    return connect(portOf(member), "127.0.0.1");
  };
  return {
    host: known,
    door: { ...fakeHost(fakeMachine(name)).host, dial },
    found: { listening: [{ component: "etcd", address: "127.0.0.1", port: 2379, ofEtcd: true }] },
    renewed: files.filter(({ path }) => renewed.some((end) => path.endsWith(`/${end}`))),
    files: asExisting(files),
  };
};

/** A fleet, whose members are known by their addresses. */
const fleet = (): readonly Plan[] =>
  names.map((name) => planOf(name, undefined, { ...thisMachine(), name, internalAddress: addressOf(name) }));

const ask = async (plan: Plan, all: readonly Plan[] = [plan]): Promise<string | undefined> =>
  await whyNotRestartEtcd(plan, all, { signal: new AbortController().signal });

describe("etcd of a control plane may restart", () => {
  test("where the others are well, each asked by its own host's door", async () => {
    const all = fleet();
    for (const plan of all) expect(await ask(plan, all)).toBeUndefined();
    expect(new Set(dialled)).toEqual(new Set(["cp1 from cp1", "cp2 from cp2", "cp3 from cp3"]));
  });

  test("where the others, whose hosts are none of the run's, answer over the network", async () => {
    expect(await ask(planOf("cp1"))).toBeUndefined();
    expect(new Set(dialled)).toEqual(new Set(["cp1 from cp1", "cp2 from cp1", "cp3 from cp1"]));
  });

  test("where it is away itself: nothing is lost", async () => {
    dead.add("cp3");
    expect(await ask(planOf("cp3"))).toBeUndefined();
  });

  test("where no majority answers anybody", async () => {
    hurry();
    [dead, hasMajority] = [new Set(["cp2", "cp3"]), false];
    expect(await ask(planOf("cp1"))).toBeUndefined();
  });

  test("where its certificate has ended, so that nobody believes it", async () => {
    for (const server of servers.values()) server.close();
    files = await issue({ now: new Date(now.getTime() - days(800)) });
    await serveAll();
    dead.add("cp3");
    expect(await ask(planOf("cp1"))).toBeUndefined();
  });

  test("where it loads nothing of what is renewed", async () => {
    dead.add("cp3");
    expect(await ask(planOf("cp1", ["apiserver.crt", "etcd/healthcheck-client.crt"]))).toBeUndefined();
    expect(dialled).toEqual([]);
  });
});

test("etcd of a control plane stays as it is where the cluster would have none without it: whoever is away is named", async () => {
  hurry();
  dead.add("cp3");
  const all = fleet();
  for (const plan of all.slice(0, 2))
    expect(await ask(plan, all)).toBe(`etcd has no majority while ${plan.host.name} restarts: cp3 is not healthy`);
  expect(await ask(planOf("cp2"))).toBe("etcd has no majority while cp2 restarts: cp3 is not healthy");
});
