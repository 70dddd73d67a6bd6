import { describe, expect, test } from "vitest";
import type { ClusterView } from "../../../src/actions/status/cluster.ts";
import { certificateStatuses, hostStatuses, hostWaits } from "../../../src/actions/status/hosts.ts";
import { describeStatus } from "../../../src/actions/status/status.ts";
import type { HostFacts, PkiFilesFact } from "../../../src/facts/index.ts";
import { UserError } from "../../../src/shared/errors.ts";
import { days, issue, now, textOf } from "../../pki/support.ts";
import { healthy, running } from "../../preflight/hosts.ts";
import { cluster } from "../../templates/cluster.ts";

const ours = { id: "0f0e", name: "demo" };
const up = healthy(1, { ownership: ours, systemd: running("containerd", "kubelet") });
const asked = (facts: Record<string, HostFacts>, failures: Record<string, UserError> = {}) => ({
  cluster,
  facts: new Map(Object.entries(facts)),
  failures: new Map(Object.entries(failures)),
});
const off = new UserError("10.0.0.21 does not answer on port 22", { exit: "unreachable" });

describe("hosts", () => {
  test("tell whose they are and how their services do", () => {
    const sick = healthy(2, {
      ownership: ours,
      systemd: {
        ...running("containerd"),
        units: { ...running("containerd").units, kubelet: { load: "loaded", active: "failed", file: "enabled" } },
      },
    });
    const hosts = hostStatuses(asked({ cp1: up, w1: sick }));
    expect(hosts).toEqual([
      {
        name: "cp1",
        address: "10.0.0.11",
        reachable: true,
        clusterId: "0f0e",
        units: [
          { name: "containerd", state: "active" },
          { name: "kubelet", state: "active" },
        ],
      },
      {
        name: "w1",
        address: "10.0.0.21",
        reachable: true,
        clusterId: "0f0e",
        units: [
          { name: "containerd", state: "active" },
          { name: "kubelet", state: "failed" },
        ],
      },
    ]);
    expect(hosts.flatMap(hostWaits)).toEqual(["kubelet on host w1 is failed"]);
  });

  test("that did not answer say why", () => {
    const hosts = hostStatuses(asked({ cp1: up }, { w1: off }));
    expect(hosts[1]).toEqual({ name: "w1", address: "10.0.0.21", reachable: false, problem: off.message, units: [] });
    expect(hosts.flatMap(hostWaits)).toEqual(["host w1 is not reachable: 10.0.0.21 does not answer on port 22"]);
  });

  test("are named once, even where the reason names them, too", () => {
    const [host] = hostStatuses(asked({}, { w1: new UserError("w1 cannot be reached at 10.0.0.21:22", { exit: "unreachable" }) }));
    expect(host && hostWaits(host)).toEqual(["host w1 cannot be reached at 10.0.0.21:22"]);
  });

  test("on which nothing was done yet say so once", () => {
    const bare = healthy(2, { systemd: { ...running(), units: { containerd: { load: "not-found", active: "inactive", file: "" } } } });
    const [host] = hostStatuses(asked({ w1: bare }));
    expect(host?.units).toEqual([
      { name: "containerd", state: "not-found" },
      { name: "kubelet", state: "not-found" },
    ]);
    expect(host && hostWaits(host)).toEqual(["host w1 is not set up yet"]);
  });

  test("that were left out by --limit are not spoken of", () => {
    expect(hostStatuses(asked({ cp1: up })).map(({ name }) => name)).toEqual(["cp1"]);
  });
});

/** The files of a control plane, as a survey finds them. */
const madeFiles = async (): Promise<PkiFilesFact> => new Map((await issue()).map(({ path, mode, content }) => [path, { mode, content }]));

/** A second earlier: certificates end at whole seconds. */
const atFirst = new Date(now.getTime() - 1000);

describe("certificates", () => {
  test("of a control plane are all of the table and those in its kubeconfigs, under its names and in its order", async () => {
    const asFound = new Map([...(await madeFiles())].toReversed());
    const all = certificateStatuses("cp1", { pki: asFound, now: atFirst });
    const names = all.map(({ name }) => name);
    expect(names).toEqual(
      [
        ["ca", "apiserver", "apiserver-kubelet-client", "front-proxy-ca", "front-proxy-client"],
        ["etcd-ca", "etcd-server", "etcd-peer", "etcd-healthcheck-client", "apiserver-etcd-client"],
        ["admin.conf", "super-admin.conf", "kubelet.conf", "controller-manager.conf", "scheduler.conf"],
      ].flat(),
    );
    expect(all.find(({ name }) => name === "apiserver")).toMatchObject({ host: "cp1", daysLeft: 365 });
    expect(all.find(({ name }) => name === "ca")).toMatchObject({ daysLeft: 3650 });
  });

  test("count the days that are left, below zero once they have ended", async () => {
    const files = await madeFiles();
    const ended = (later: number) =>
      certificateStatuses("cp1", { pki: files, now: new Date(now.getTime() + later) }).find(({ name }) => name === "admin.conf");
    expect(ended(days(364.5))?.daysLeft).toBe(0);
    expect(ended(days(365.5))?.daysLeft).toBe(-1);
    expect(ended(0)?.expires).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
  });

  test("that kbs did not make are called by their path", async () => {
    const content = Buffer.from(textOf(await issue(), "ca.crt"));
    const pki = new Map([
      ["/etc/kubernetes/pki/vendor/proxy.crt", { mode: 0o644, content }],
      ["/etc/kubernetes/pki/sa.pub", { mode: 0o644, content: Buffer.from("x") }],
    ]);
    expect(certificateStatuses("cp1", { pki, now }).map(({ name }) => name)).toEqual(["vendor/proxy.crt"]);
  });

  test("of a kubelet stand beside them", async () => {
    const files = await issue();
    const kubelet = { client: textOf(files, "apiserver-kubelet-client.crt"), serving: textOf(files, "apiserver.crt") };
    expect(certificateStatuses("w1", { kubelet, now: atFirst })).toMatchObject([
      { name: "kubelet-client", host: "w1", daysLeft: 365 },
      { name: "kubelet-serving", host: "w1", daysLeft: 365 },
    ]);
  });
});

describe("a status", () => {
  const view: ClusterView = { kubernetes: "v1.36.3", nodes: [], components: [], waiting: ["pod coredns-1: Pending"] };

  test("says what hosts wait for before what the cluster waits for", () => {
    const status = describeStatus(
      { ...asked({ cp1: up }, { w1: off }), pkiFound: new Map(), clusterId: ours.id, externalEtcd: new Map() },
      view,
      new Map(),
      now,
    );
    expect(status.kubernetes).toBe("v1.36.3");
    expect(status.waiting).toEqual(["host w1 is not reachable: 10.0.0.21 does not answer on port 22", "pod coredns-1: Pending"]);
  });

  test("names the hosts of other clusters, even of one with the same name", () => {
    const other = {
      ...asked({ cp1: up, w1: healthy(2, { ownership: { id: "1111", name: "demo" }, systemd: running("containerd", "kubelet") }) }),
    };
    const { waiting } = describeStatus(
      { ...other, pkiFound: new Map(), clusterId: ours.id, externalEtcd: new Map() },
      { ...view, waiting: [] },
      new Map(),
      now,
    );
    expect(waiting).toEqual(["host w1 belongs to another cluster, demo (1111), not to demo"]);
  });

  test("says which endpoints of an external etcd do not answer a control plane, and which files are missing", () => {
    const externalEtcd = new Map([
      ["cp1", { missing: [], endpoints: [{ url: "https://10.0.0.31:2379", problem: "connect ECONNREFUSED" }] }],
      ["cp2", { missing: ["/etc/etcd/ca.crt"], endpoints: [] }],
    ]);
    const found = { ...asked({ cp1: up }), pkiFound: new Map(), clusterId: ours.id, externalEtcd };
    expect(describeStatus(found, { ...view, waiting: [] }, new Map(), now).waiting).toEqual([
      "external etcd https://10.0.0.31:2379 from host cp1: connect ECONNREFUSED",
      "/etc/etcd/ca.crt is not on host cp2, without which the external etcd takes no client",
    ]);
  });

  test("without an API still has hosts and certificates, and says why", async () => {
    const pkiFound = new Map([["cp1", await madeFiles()]]);
    const status = describeStatus(
      { ...asked({ cp1: up }), pkiFound, clusterId: ours.id, externalEtcd: new Map() },
      "the API server at cp1 does not answer",
      new Map(),
      now,
    );
    expect(status).not.toHaveProperty("kubernetes");
    expect(status).toMatchObject({
      cluster: "demo",
      hosts: [{ name: "cp1" }],
      nodes: [],
      components: [],
      waiting: ["the API server at cp1 does not answer"],
    });
    expect(status.certificates).toHaveLength(15);
  });
});
