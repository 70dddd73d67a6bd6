import { describe, expect, test } from "vitest";
import { KnownAfter } from "../../src/changes/phase.ts";
import type { EtcdManifest } from "../../src/facts/kubernetes.ts";
import { joiningOf } from "../../src/phases/common/etcd.ts";
import type { Context } from "../../src/phases/context.ts";
import { joinEtcd, promoteEtcd } from "../../src/phases/join-etcd.ts";
import { type FakeEtcd, fakeEtcd, member, refusal } from "../kube/etcd/fake-etcd.ts";
import { cluster, healthy } from "../preflight/hosts.ts";
import { contextOf } from "./context.ts";

const wished = cluster({}, { hosts: [1, 2, 3].map((nth) => ({ name: `cp${nth}`, address: `10.0.0.${nth}`, roles: ["control-plane"] })) });

interface Scene {
  readonly etcd: FakeEtcd;
  readonly context: Context;
  readonly waits: string[];
  readonly act: (host: string, phase?: typeof joinEtcd) => Promise<readonly string[]>;
}

/** Three control planes of which the first runs; `data`: what was found of etcd on the others, and `now` what is there. */
const stage = (etcd: FakeEtcd, data: Readonly<Record<string, EtcdManifest>> = {}, now: readonly string[] = Object.keys(data)): Scene => {
  const facts = new Map(
    wished.hosts.map(({ name }, nth) => {
      const found = healthy(nth + 1);
      const manifest = data[name];
      return [name, manifest ? { ...found, kubernetes: { ...found.kubernetes, etcd: manifest } } : found];
    }),
  );
  const send = (host: string) => ({
    records: [{ index: 0, state: "answer" as const, code: 0, output: Buffer.from(now.includes(host) ? "there\n" : "") }],
  });
  const door: Context["door"] = (name) => ({
    name,
    send: () => Promise.resolve(send(name)),
    hold: () => Promise.reject(new Error("not held")),
    dial: () => Promise.reject(new Error("not dialled")),
    close: () => Promise.resolve(),
  });
  const context = contextOf({ cluster: wished, facts, door });
  context.learned.tell("etcd", etcd);
  const waits: string[] = [];
  const act: Scene["act"] = async (host, phase = joinEtcd) => {
    const signal = AbortSignal.timeout(20_000);
    return (
      (await phase.act?.(context, host, { signal, waiting: (reason) => void waits.push(reason), warn: () => undefined }))?.changed ?? []
    );
  };
  return { etcd, context, waits, act };
};

const first = member("cp1", 1);

/** An etcd whose members do not agree on anything. */
const silent = (): FakeEtcd => ({
  ...fakeEtcd([first]),
  members: () => Promise.reject(refusal("etcdserver: request timed out", 503)),
});

describe("a control plane joins etcd", () => {
  test("without a vote, and its manifest names who is a member then", async () => {
    const { etcd, context, act } = stage(fakeEtcd([first]));
    expect(await act("cp2")).toEqual(["etcd member cp2"]);
    expect(etcd.done).toEqual(["add https://10.0.0.2:2380"]);
    expect(joiningOf(context, "cp2")).toEqual([
      { name: "cp1", peerUrl: "https://10.0.0.1:2380" },
      { name: "cp2", peerUrl: "https://10.0.0.2:2380" },
    ]);
  });

  test("after the one before it has its vote, and five seconds later, when etcd calls itself healthy again", async () => {
    const { etcd, waits, act } = stage(fakeEtcd([first, member("cp2", 2, { isLearner: true })]));
    const joined = act("cp3");
    await expect.poll(() => waits).toEqual(["etcd member cp2 has no vote yet, and etcd takes one at a time"]);
    etcd.troubles.push(refusal("etcdserver: unhealthy cluster", 503));
    etcd.list = [first, member("cp2", 2)];
    expect(await joined).toEqual(["etcd member cp3"]);
    expect(waits[1]).toContain("unhealthy cluster");
  });

  test("where another one is quicker, on the same machine or elsewhere, it waits", async () => {
    const { etcd, waits, act } = stage(fakeEtcd([first]));
    etcd.troubles.push(refusal("etcdserver: too many learner members in cluster"));
    expect(await act("cp2")).toEqual(["etcd member cp2"]);
    expect(waits[0]).toContain("too many learner");
  });

  test("once: what a killed run has added is taken up", async () => {
    const { etcd, context, act } = stage(fakeEtcd([first, member("", 2, { isLearner: true })]));
    expect(await act("cp2")).toEqual([]);
    expect([etcd.done, joiningOf(context, "cp2")?.map(({ name }) => name)]).toEqual([[], ["cp1", "cp2"]]);
  });

  test("keeps in its manifest what it was first started with", async () => {
    const manifest = { initialCluster: "cp1=https://10.0.0.1:2380,cp2=https://10.0.0.2:2380", initialState: "existing", hasData: true };
    const { etcd, context, act } = stage(fakeEtcd([first, member("cp2", 2), member("cp3", 3)]), { cp2: manifest });
    expect(await act("cp2")).toEqual([]);
    expect(etcd.done).toEqual([]);
    expect(joiningOf(context, "cp2")?.map(({ name }) => name)).toEqual(["cp1", "cp2"]);
  });

  test("anew where its data are gone", async () => {
    const { etcd, act } = stage(fakeEtcd([first, member("cp2", 2), member("cp3", 3)]));
    expect(await act("cp2")).toEqual(["removed the etcd member cp2, whose data are gone", "etcd member cp2"]);
    expect(etcd.done).toEqual(["remove 102", "add https://10.0.0.2:2380"]);
  });

  test("and is left alone where its data have come since the host was asked", async () => {
    const { etcd, act } = stage(fakeEtcd([first, member("cp2", 2)]), {}, ["cp2"]);
    expect(await act("cp2")).toEqual([]);
    expect(etcd.done).toEqual([]);
  });

  test("never by the side of a member that could not be started in this run", async () => {
    const { context, etcd } = stage(fakeEtcd([first, member("", 2, { isLearner: true })]));
    const lost = { ...context, lost: new Set(["cp2"]) };
    const tools = { signal: AbortSignal.timeout(20_000), waiting: () => undefined, warn: () => undefined };
    await expect(joinEtcd.act?.(lost, "cp3", tools)).rejects.toThrow("etcd takes no further member while cp2 has no vote yet");
    expect(etcd.done).toEqual([]);
  });
});

describe("a new member", () => {
  test("gets its vote as soon as it has caught up", async () => {
    const { etcd, waits, act } = stage(fakeEtcd([first, member("cp2", 2, { isLearner: true })]));
    etcd.troubles.push(refusal("etcdserver: can only promote a learner member which is in sync with leader"));
    expect(await act("cp2", promoteEtcd)).toEqual(["vote of etcd member cp2"]);
    expect(waits[0]).toContain("in sync with leader");
  });

  test("that has it is left alone", async () => {
    const { etcd, act } = stage(fakeEtcd([first, member("cp2", 2)]));
    expect(await act("cp2", promoteEtcd)).toEqual([]);
    expect(etcd.done).toEqual([]);
  });
});

describe("a plan", () => {
  const tools = { signal: AbortSignal.timeout(20_000), warn: () => undefined };
  const began: EtcdManifest = { initialCluster: "cp1=https://10.0.0.1:2380", hasData: true };
  const joined: EtcdManifest = {
    initialCluster: "cp1=https://10.0.0.1:2380,cp2=https://10.0.0.2:2380",
    initialState: "existing",
    hasData: true,
  };

  test("foresees members and votes, and changes nothing", async () => {
    const { etcd, context } = stage(fakeEtcd([first]));
    const foresee = async (phase: typeof joinEtcd) => (await phase.foresee?.(context, "cp2", tools))?.changes.map(({ change }) => change);
    expect(await foresee(joinEtcd)).toEqual(["etcd member cp2"]);
    expect(await foresee(promoteEtcd)).toEqual(["vote of etcd member cp2"]);
    expect(etcd.done).toEqual([]);
  });

  test("foresees nothing for members that have their vote", async () => {
    const { context } = stage(fakeEtcd([first, member("cp2", 2)]), { cp2: joined });
    for (const phase of [joinEtcd, promoteEtcd]) expect((await phase.foresee?.(context, "cp2", tools))?.changes).toEqual([]);
  });

  test("foresees members and votes of an etcd that is yet to be made", async () => {
    const { context } = stage(silent());
    for (const phase of [joinEtcd, promoteEtcd]) expect((await phase.foresee?.(context, "cp3", tools))?.changes).toHaveLength(1);
    expect(joiningOf(context, "cp3")?.map(({ name }) => name)).toEqual(["cp1", "cp2", "cp3"]);
  });

  test("says of an etcd that does not answer just that, and of no host whether it is a member", async () => {
    const { context } = stage(silent(), { cp1: began, cp2: joined });
    for (const host of ["cp2", "cp3"])
      for (const phase of [joinEtcd, promoteEtcd])
        expect(await phase.foresee?.(context, host, tools)).toEqual({
          changes: [],
          waits: ["etcd at cp1 refused: etcdserver: request timed out"],
        });
    expect(joiningOf(context, "cp2")?.map(({ name }) => name)).toEqual(["cp1", "cp2"]);
    expect(() => joiningOf(context, "cp3")).toThrow(KnownAfter);
  });

  test("of a machine that joins members elsewhere does not take their silence for an etcd that is yet to be made", async () => {
    const { context } = stage(silent());
    const foreseen = await joinEtcd.foresee?.({ ...context, first: "" }, "cp2", tools);
    expect(foreseen).toMatchObject({ changes: [], waits: [expect.stringContaining("request timed out")] });
  });
});
