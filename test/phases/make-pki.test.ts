import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createPhases } from "../../src/actions/apply/create-phases.ts";
import { KnownAfter } from "../../src/changes/phase.ts";
import { firstEtcdFiles, pkiFileAt } from "../../src/phases/common/pki.ts";
import type { ClusterPhase, Context } from "../../src/phases/context.ts";
import { makeFirstEtcdPki, makeKubeletPki, makePki } from "../../src/phases/make-pki.ts";
import { startFirstEtcd } from "../../src/phases/start-control-plane.ts";
import { startKubelet } from "../../src/phases/start-kubelet.ts";
import { writeCertificates } from "../../src/phases/write-certificates.ts";
import type { PkiFile } from "../../src/pki/issue.ts";
import { type KeySupply, prepareKeys } from "../../src/pki/keys.ts";
import { cluster, healthy } from "../preflight/hosts.ts";
import { contextOf } from "./context.ts";

const wished = cluster();
const facts = new Map(wished.hosts.map(({ name }, nth) => [name, healthy(nth + 1)]));
const [first = ""] = wished.hosts.map(({ name }) => name);
const tools = { signal: new AbortController().signal, waiting: () => undefined, warn: () => undefined };
const pki = "/etc/kubernetes/pki";

const fresh = (changes: Partial<Context> = {}): Context => contextOf({ cluster: wished, facts, ...changes });
const stages = [makeKubeletPki, makeFirstEtcdPki, makePki];
/** Gives what the phases have told by their ends. */
const perform = async (context: Context, phases: readonly ClusterPhase[] = stages): Promise<(readonly PkiFile[])[]> => {
  const told: (readonly PkiFile[])[] = [];
  for (const phase of phases) {
    await phase.act?.(context, first, tools);
    told.push(
      context.learned.get(({ [makeKubeletPki.id]: "kubeletPki", [makeFirstEtcdPki.id]: "firstEtcdPki" } as const)[phase.id] ?? "pki"),
    );
  }
  return told;
};
const names = (files: readonly PkiFile[]): readonly string[] => files.map(({ path }) => path.replace("/etc/kubernetes/", ""));
const written = (phase: ClusterPhase, context: Context): readonly string[] =>
  (phase.wish?.(context, first) ?? []).flatMap((change) => (change.kind === "made" ? [change.path] : []));

/** What a host holds of a set that was made before. */
const found = async (which: (path: string) => boolean): Promise<Partial<Context>> => {
  const [all = []] = await perform(fresh(), [makePki]);
  const files = all.filter(({ path }) => which(path));
  return { pkiFound: new Map([[first, new Map(files.map(({ path, mode, content }) => [path, { mode, content }]))]]) };
};

describe("of a new set", () => {
  test("what the kubelet and etcd start with is made first, and the rest by the same CAs", async () => {
    const context = fresh();
    const [ofKubelet = [], ofEtcd = [], all = []] = await perform(context);
    expect(names(ofKubelet)).toEqual(["pki/ca.key", "pki/ca.crt", "kubelet.conf"]);
    expect(names(ofEtcd).filter((name) => !names(ofKubelet).includes(name))).toEqual(
      ["ca", "server", "peer"].flatMap((name) => [`pki/etcd/${name}.key`, `pki/etcd/${name}.crt`]),
    );
    for (const file of ofEtcd) expect(all.find(({ path }) => path === file.path)).toBe(file);
    expect(all.every(({ reason }) => reason !== undefined)).toBe(true);
    const certificate = (name: string): X509Certificate => new X509Certificate(pkiFileAt(context, `${pki}/${name}.crt`).content);
    expect(certificate("apiserver").verify(certificate("ca").publicKey)).toBe(true);
    expect(certificate("apiserver-etcd-client").verify(certificate("etcd/ca").publicKey)).toBe(true);
  });

  test("each file is written by one phase", async () => {
    const context = fresh();
    const all = (await perform(context)).at(-1) ?? [];
    const paths = [startKubelet, startFirstEtcd, writeCertificates].flatMap((phase) => written(phase, context));
    expect(new Set(paths).size).toBe(paths.length);
    expect(names(all).filter((name) => !paths.includes(`/etc/kubernetes/${name}`))).toEqual([]);
  });

  test("no key is made twice, and none is left to be made when all are there", async () => {
    let [taken, stopped] = [0, 0];
    const supply = prepareKeys("ECDSA-P256", 0);
    const keys: KeySupply = { take: () => ((taken += 1), supply.take()), stop: () => (stopped += 1) };
    const context = fresh({ keys: () => keys });
    await perform(context, [makeKubeletPki]);
    expect([taken, stopped]).toEqual([2, 0]);
    await perform(context, [makeFirstEtcdPki]);
    expect([taken, stopped]).toEqual([5, 0]);
    const [all = []] = await perform(context, [makePki]);
    expect([taken, stopped]).toEqual([all.filter(({ path }) => path.endsWith(".key") || path.endsWith(".conf")).length, 1]);
  });

  test("who asks for the whole waits until it is there, and a look sees each file once", async () => {
    const context = fresh();
    await makeKubeletPki.foresee?.(context, first, tools);
    expect(written(startKubelet, context).length).toBeGreaterThan(2);
    expect(() => written(startFirstEtcd, context)).toThrow(KnownAfter);
    await makeFirstEtcdPki.foresee?.(context, first, tools);
    expect(() => written(writeCertificates, context)).toThrow(KnownAfter);
    expect(written(startFirstEtcd, context).length).toBe(6);
    await makePki.foresee?.(context, first, tools);
    const paths = [startKubelet, startFirstEtcd, writeCertificates].flatMap((phase) => written(phase, context));
    expect(names(context.learned.get("pki")).filter((name) => !paths.includes(`/etc/kubernetes/${name}`))).toEqual([]);
  });

  test("etcd and the kubelet wait for nothing that is made later", () => {
    const needs = (id: string): readonly string[] => {
      const phase = createPhases.find((one) => one.id === id);
      const own = (phase?.needs ?? []).map((need) => need.phase);
      return [...own, ...own.flatMap(needs)];
    };
    for (const id of ["start-kubelet", "start-first-etcd"]) expect(needs(id)).not.toContain("make-pki");
    expect(needs("start-api-server")).toEqual(expect.arrayContaining(["make-pki", "start-first-etcd"]));
  });
});

describe("of a set that is there", () => {
  test("nothing is made, and what is odd about it is said once", async () => {
    const supply = prepareKeys("ECDSA-P256", 0);
    const keys: KeySupply = { ...supply, take: () => Promise.reject(new Error("no key is needed")) };
    const context = fresh({ ...(await found((path) => path !== `${pki}/ca.key`)), keys: () => keys });
    const warned: string[] = [];
    for (const phase of stages) await phase.act?.(context, first, { ...tools, warn: (text) => warned.push(text) });
    expect(context.learned.get("pki").filter(({ reason }) => reason !== undefined)).toEqual([]);
    expect(warned).toEqual([expect.stringContaining(`${pki}/ca.crt is here without its key`)]);
  });

  test("all that its missing CA should have signed is named at once", async () => {
    const context = fresh(await found((path) => !/\/(ca\.key|apiserver\.crt|kubelet\.conf)$/.test(path) || path.includes("etcd")));
    await expect(perform(context, [makeKubeletPki])).rejects.toMatchObject({
      details: { output: expect.stringMatching(/pki\/apiserver\.crt: [^]*kubelet\.conf: /) },
    });
  });

  test("a run that was cut off behind the first keys is gone on with", async () => {
    const context = fresh(await found((path) => /\/ca\.|kubelet\.conf/.test(path)));
    const [early = []] = await perform(context, [makeKubeletPki, makeFirstEtcdPki]);
    expect(early.find(({ path }) => path === `${pki}/ca.crt`)?.reason).toBeUndefined();
    expect(early.find(({ path }) => path === `${pki}/apiserver.crt`)?.reason).toBeDefined();
    expect(firstEtcdFiles(context, first).length).toBe(6);
  });
});
