import { describe, expect, test } from "vitest";
import type { Change } from "../../src/changes/change.ts";
import type { EtcdManifest } from "../../src/facts/kubernetes.ts";
import { firstMember, joiningEtcdHosts } from "../../src/phases/common/etcd.ts";
import { certificateRows } from "../../src/phases/common/pki.ts";
import { type Context, nodes, workers } from "../../src/phases/context.ts";
import { makeEtcdPki, makePki } from "../../src/phases/make-pki.ts";
import { prepareHost } from "../../src/phases/prepare-host.ts";
import { awaitEtcd, beginEtcd, installEtcd, startEtcdHosts, writeEtcdCertificates } from "../../src/phases/run-etcd.ts";
import { startApiServer } from "../../src/phases/start-control-plane.ts";
import { UserError } from "../../src/shared/errors.ts";
import { fakeEtcd, member } from "../kube/etcd/fake-etcd.ts";
import { cluster, healthy } from "../preflight/hosts.ts";
import { contextOf } from "./context.ts";

const etcdHost = (nth: number) => ({ name: `e${nth}`, address: `10.0.0.3${nth}`, roles: ["etcd" as const] });
const wished = cluster(
  {},
  {
    hosts: [
      { name: "cp1", address: "10.0.0.11", roles: ["control-plane"] },
      { name: "w1", address: "10.0.0.21", roles: ["worker"] },
      ...[1, 2, 3].map(etcdHost),
    ],
    etcd: { mode: "dedicated" },
  },
);

const began: EtcdManifest = { initialCluster: "e2=https://10.0.0.32:2380", hasData: true };
const url = "https://10.0.0.31:2379";

/** A fleet of which some hosts run a member already, and which may live. */
const stage = (etcd: Readonly<Record<string, EtcdManifest>> = {}, lives = false, unreached: readonly string[] = []): Context => {
  const facts = wished.hosts.flatMap(({ name }, nth) => {
    if (unreached.includes(name)) return [];
    const found = healthy(nth + 1);
    const manifest = etcd[name];
    const servers = lives && name === "cp1" ? { etcdServers: [url] } : {};
    return [[name, { ...found, kubernetes: { ...found.kubernetes, ...servers, ...(manifest && { etcd: manifest }) } }] as const];
  });
  return contextOf({ cluster: wished, facts: new Map(facts) });
};

const tools = { signal: new AbortController().signal, waiting: () => undefined, warn: () => undefined };

const withPki = async (context: Context): Promise<Context> => {
  await makePki.act?.(context, "cp1", tools);
  for (const host of makeEtcdPki.hosts(context)) await makeEtcdPki.act?.(context, host, tools);
  return context;
};

const pathsOf = (changes: readonly Change[] = []): readonly string[] =>
  changes.flatMap((change) => ("path" in change && change.kind !== "directory" ? [change.path] : []));

describe("etcd on hosts of its own", () => {
  test("begins on the first of the file; the others join", () => {
    const context = stage();
    expect([firstMember(context), joiningEtcdHosts(context)]).toEqual(["e1", ["e2", "e3"]]);
  });

  test("was begun where a member's data are: one that is new at the top of the file joins it", () => {
    const context = stage({ e2: began });
    expect([firstMember(context), joiningEtcdHosts(context)]).toEqual(["e2", ["e1", "e3"]]);
  });

  test("makes no nodes of its hosts", () => {
    const context = stage();
    expect([nodes(context), workers(context)]).toEqual([["cp1", "w1"], ["w1"]]);
    const changes = prepareHost.wish?.(context, "e1") ?? [];
    expect(changes.map(({ kind }) => kind)).not.toContain("swap");
    expect(changes.map(({ kind }) => kind)).not.toContain("sysctl");
  });

  test("brings its programs from the bundle, and nothing of a node", () => {
    const asked: string[] = [];
    const context: Context = {
      ...stage(),
      software: () => ({
        binary: (name, path) => {
          asked.push(path);
          const blob = { digest: `sha256:${name}`, size: 1 };
          return { kind: "binary", path, mode: 0o755, digest: name, blob, encoding: "gzip" };
        },
        images: () => expect.fail("no image"),
      }),
    };
    installEtcd.wish?.(context, "e1");
    expect(asked).toEqual(["/usr/local/bin/etcd", "/usr/local/bin/etcdctl", "/usr/local/bin/etcdutl"]);
  });

  test("has a member's certificates on its hosts, and the CA's key nowhere but on control planes", async () => {
    const context = await withPki(stage());
    const pki = "/etc/kubernetes/pki/etcd";
    expect(pathsOf(writeEtcdCertificates.wish?.(context, "e2")).toSorted()).toEqual(
      ["ca.crt", "healthcheck-client.crt", "healthcheck-client.key", "peer.crt", "peer.key", "server.crt", "server.key"].map(
        (name) => `${pki}/${name}`,
      ),
    );
    expect(certificateRows(wished).map(({ name }) => name)).toEqual(
      expect.arrayContaining(["etcd-ca", "etcd-healthcheck-client", "apiserver-etcd-client"]),
    );
    expect(certificateRows(wished).map(({ name }) => name)).not.toContain("etcd-server");
  });

  test("runs as a service, started anew when its flags, its program or its CA change", async () => {
    const changes = beginEtcd.wish?.(await withPki(stage()), "e1") ?? [];
    expect(changes.find(({ kind }) => kind === "service")).toMatchObject({
      unit: "etcd.service",
      inputs: ["/etc/systemd/system/etcd.service", "/usr/local/bin/etcd", "/etc/kubernetes/pki/etcd/ca.crt"],
    });
  });

  test("keeps the list of members with which a member was first started", async () => {
    const joined: EtcdManifest = {
      initialCluster: "e2=https://10.0.0.32:2380,e3=https://10.0.0.33:2380",
      initialState: "existing",
      hasData: true,
    };
    const context = await withPki(stage({ e2: began, e3: joined }));
    const [unit] = (startEtcdHosts.wish?.(context, "e3") ?? []).flatMap((change) =>
      change.kind === "file" ? [String(change.content)] : [],
    );
    expect(unit).toContain(`--initial-cluster=${joined.initialCluster}`);
    expect(unit).toContain("--initial-cluster-state=existing");
  });

  test("is what API servers use, all of its hosts and no pod", async () => {
    const context = await withPki(stage());
    const manifests = pathsOf(startApiServer.wish?.(context, "cp1"));
    expect(manifests).toEqual(["/etc/kubernetes/manifests/kube-apiserver.yaml"]);
    const [manifest] = (startApiServer.wish?.(context, "cp1") ?? []).flatMap((change) =>
      change.kind === "file" ? [String(change.content)] : [],
    );
    expect(manifest).toContain("--etcd-servers=https://10.0.0.31:2379,https://10.0.0.32:2379,https://10.0.0.33:2379");
    expect(manifest).toContain("--etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt");
  });
});

const begin = (context: Context): string => {
  try {
    beginEtcd.wish?.(context, "e1");
    return "begun";
  } catch (error) {
    if (error instanceof UserError) return `${error.exit}: ${error.details.hint}`;
    throw error;
  }
};

describe("an empty etcd is not begun under a cluster that lives", () => {
  test("where hosts that may hold its data did not answer", () => {
    expect(begin(stage({}, true, ["e2"]))).toBe("unreachable: bring e2 back");
  });

  test("where the data are gone", () => {
    expect(begin(stage({}, true))).toMatch(/^preflight: restore a snapshot/);
  });

  test("but a create that was cut off before any API server goes on", () => {
    expect(begin(stage())).toBe("begun");
  });
});

const members = (learner: boolean) =>
  [1, 2, 3].map((nth) => member(`e${nth}`, nth, { peerUrls: [`https://10.0.0.3${nth}:2380`], isLearner: learner && nth === 3 }));

describe("API servers are told of etcd hosts", () => {
  const began3 = Object.fromEntries(["e1", "e2", "e3"].map((name) => [name, began]));

  test("when every one of them has its vote", async () => {
    const etcd = fakeEtcd(members(true));
    const context = stage(began3);
    context.learned.tell("etcd", etcd);
    const waits: string[] = [];
    const waiting = (reason: string): void => {
      waits.push(reason);
      etcd.list = members(false);
    };
    await awaitEtcd.act?.(context, "cp1", { ...tools, waiting });
    expect(waits.join()).toContain("etcd member e3 has no vote yet");
  });

  test("and a plan names members that are not well, as it does nothing of an etcd that is yet to be made", async () => {
    const etcd = fakeEtcd(members(false));
    etcd.dead.add("e2");
    const context = stage(began3);
    context.learned.tell("etcd", etcd);
    expect(await awaitEtcd.foresee?.(context, "cp1", tools)).toEqual({ changes: [], waits: ["etcd member e2 is not healthy"] });
    expect(await awaitEtcd.foresee?.(stage(), "cp1", tools)).toEqual({ changes: [], waits: [] });
  });
});
