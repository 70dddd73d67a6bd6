import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { createPhases } from "../../src/actions/apply/create-phases.ts";
import type { Change, HostChange } from "../../src/changes/change.ts";
import { compileChanges } from "../../src/changes/compile.ts";
import { isControlPlane } from "../../src/config/roles.ts";
import { planUnits } from "../../src/engine/graph.ts";
import { type Context, hostNamed, Learned } from "../../src/phases/context.ts";
import { joinEtcd } from "../../src/phases/join-etcd.ts";
import { wishedTaints } from "../../src/phases/label-nodes.ts";
import { makeFirstEtcdPki, makeKubeletPki, makeMemberPki, makePki } from "../../src/phases/make-pki.ts";
import { prepareKeys } from "../../src/pki/keys.ts";
import { newToken } from "../../src/pki/token.ts";
import { imageNames } from "../../src/supply/images.ts";
import { provisionOf } from "../../src/supply/provision.ts";
import { cluster, healthy } from "../preflight/hosts.ts";
import { nothingPackaged } from "./context.ts";
import { software } from "./software.ts";

const tools = { signal: new AbortController().signal, waiting: () => undefined, warn: () => undefined };
const ticket = { cluster: { id: "c", name: "demo" }, run: "r" };

/** A new cluster of one control plane and one worker, with everything learned that wishes ask for, and no host anywhere. */
const freshContext = async (changes: Partial<Context> = {}): Promise<Context> => {
  const wanted = changes.cluster ?? cluster();
  const context: Context = {
    cluster: wanted,
    hosts: wanted.hosts,
    touched: new Set(wanted.hosts.map(({ name }) => name)),
    facts: new Map(wanted.hosts.map(({ name }, index) => [name, healthy(index + 1)])),
    pkiFound: new Map(),
    etcdData: new Set(),
    joined: new Set(),
    clusterId: "c",
    ticket,
    images: imageNames(wanted),
    software,
    provision: (name) => provisionOf(hostNamed(wanted, name), wanted, nothingPackaged),
    door: () => {
      throw new Error("a wish needs no host");
    },
    lost: new Set(),
    first: wanted.hosts.find(isControlPlane)?.name ?? "",
    learned: new Learned(),
    keys: () => prepareKeys("ECDSA-P256", 0),
    memberKeys: () => prepareKeys("ECDSA-P256", 0),
    now: new Date(),
    ...changes,
  };
  for (const phase of [makeKubeletPki, makeFirstEtcdPki, makePki, makeMemberPki])
    for (const host of phase.hosts(context)) await phase.act?.(context, host, tools);
  for (const host of joinEtcd.hosts(context)) await joinEtcd.foresee?.(context, host, tools);
  context.learned.tell("token", newToken());
  context.learned.tell("dnsReplicas", undefined);
  context.learned.tell("addonCertificates", new Map());
  return context;
};

const hostOf = (name: string, nth: number, role: "control-plane" | "worker") => ({ name, address: `10.0.0.${nth}`, roles: [role] });

/** The same of three control planes and a worker. */
const severalContext = (changes: Partial<Context> = {}): Promise<Context> => {
  const hosts = [...["cp1", "cp2", "cp3"].map((name, index) => hostOf(name, index + 11, "control-plane")), hostOf("w1", 14, "worker")];
  return freshContext({ cluster: cluster({}, { hosts }), ...changes });
};

/** Every wish for a host, in the order of the phases. */
const wishesFor = (context: Context, host: string): Change[] =>
  createPhases.filter((phase) => phase.hosts(context).includes(host)).flatMap((phase) => phase.wish?.(context, host) ?? []);

const forHosts = (changes: readonly Change[]): HostChange[] => changes.filter((change) => change.kind !== "object");

describe("the phases of create", () => {
  test("have names of their own, and need only what is before them", async () => {
    const context = await severalContext();
    expect(new Set(createPhases.map(({ id }) => id)).size).toBe(createPhases.length);
    expect(planUnits(createPhases, context, context.first).length).toBeGreaterThan(createPhases.length);
  });

  test("import images, and run pods, only where containerd runs", async () => {
    const context = await severalContext();
    const units = planUnits(createPhases, context, context.first);
    const needs = new Map(units.map(({ key, needsDone }) => [key, needsDone]));
    const behind = (key: string): ReadonlySet<string> => {
      const all = new Set([key]);
      for (const one of all) for (const need of needs.get(one) ?? []) all.add(need);
      return all;
    };
    const wanting = units.filter(({ phase, host }) =>
      phase.wish?.(context, host).some(({ kind }) => kind === "images" || kind === "static-pod"),
    );
    expect(wanting.length).toBeGreaterThan(context.hosts.length);
    expect(wanting.filter(({ key, host }) => !behind(key).has(`install-containerd@${host}`)).map(({ key }) => key)).toEqual([]);
  });

  test("wish the same again for the same context", async () => {
    const context = await severalContext();
    for (const { name } of context.hosts) expect(JSON.stringify(wishesFor(context, name))).toBe(JSON.stringify(wishesFor(context, name)));
  });

  test("write over the kubelet's certificate of an attempt that was cut off, rather than leave one more", async () => {
    const left = "/var/lib/kubelet/pki/kubelet-client-2026-01-02-03-04-05.pem";
    const found = new Map([[left, { mode: 0o600, content: Buffer.from("") }]]);
    const fresh = await freshContext();
    const [first = ""] = makePki.hosts(fresh);
    const named = (context: Context): unknown[] =>
      wishesFor(context, first).flatMap((change) => ("path" in change && change.path.includes("kubelet-client-") ? [change.path] : []));
    expect(named(fresh)).not.toEqual([left]);
    expect(named({ ...fresh, pkiFound: new Map([[first, found]]) })).toEqual([left]);
  });

  test("wish a folder before what is in it, unless every Linux has it", async () => {
    const context = await severalContext();
    const everywhere =
      /^\/(etc|opt|usr\/bin|usr\/local\/s?bin|etc\/systemd\/system|etc\/sysctl\.d|etc\/modules-load\.d|var\/lib|var\/log|usr\/libexec|var\/lib\/kbs)$/;
    for (const { name } of context.hosts) {
      const made = new Set<string>();
      for (const change of forHosts(wishesFor(context, name))) {
        if (!("path" in change) || change.kind === "absent") continue;
        const parent = dirname(change.path);
        expect(everywhere.test(parent) || made.has(parent), `${parent} before ${change.path} on ${name}`).toBe(true);
        if (change.kind === "directory") made.add(change.path);
      }
    }
  });

  test("wish a folder once: told twice, it would stand in a plan twice and be made once", async () => {
    const context = await severalContext();
    for (const { name } of context.hosts) {
      const folders = forHosts(wishesFor(context, name)).flatMap((change) => (change.kind === "directory" ? [change.path] : []));
      expect(folders).toEqual([...new Set(folders)]);
    }
  });

  test("put no secret into script text: keys and tokens are contents", async () => {
    const context = await severalContext();
    const secrets = [
      context.learned.get("token").text.split(".")[1] ?? "",
      ...context.learned
        .get("pki")
        .filter(({ path }) => path.endsWith(".key"))
        .map(({ content }) => content.toString().split("\n")[1] ?? ""),
    ];
    expect(secrets.every((secret) => secret.length >= 16)).toBe(true);
    for (const { name } of context.hosts) {
      const { script, contents } = compileChanges({
        kind: "change",
        reading: "apply",
        ticket,
        changes: forHosts(wishesFor(context, name)),
      });
      for (const secret of secrets) expect(script.includes(secret)).toBe(false);
      expect(contents.length).toBeGreaterThan(5);
    }
  });

  test("make a CA's key before its certificate, and what the CA signed after both", async () => {
    const context = await freshContext();
    const paths = forHosts(wishesFor(context, context.hosts[0]?.name ?? "")).flatMap((change) =>
      change.kind === "made" ? [change.path] : [],
    );
    for (const ca of ["ca", "front-proxy-ca", "etcd/ca"]) {
      const [key, certificate] = [paths.indexOf(`/etc/kubernetes/pki/${ca}.key`), paths.indexOf(`/etc/kubernetes/pki/${ca}.crt`)];
      expect([key >= 0, key < certificate]).toEqual([true, true]);
    }
    expect(paths.indexOf("/etc/kubernetes/pki/ca.crt")).toBeLessThan(paths.indexOf("/etc/kubernetes/pki/apiserver.crt"));
  });

  test("give a token only to workers that have yet to join, to a kubelet that reads it", async () => {
    const bootstrap = "/etc/kubernetes/bootstrap-kubelet.conf";
    const fresh = await freshContext();
    const workers = fresh.hosts.filter(({ roles }) => !roles.includes("control-plane"));
    expect(workers.length).toBeGreaterThan(0);
    const joined = await freshContext({ joined: new Set(workers.map(({ name }) => name)) });
    for (const { name } of workers) {
      const files = (context: Context): boolean =>
        forHosts(wishesFor(context, name)).some((change) => change.kind === "file" && change.path === bootstrap);
      expect([files(fresh), files(joined)]).toEqual([true, false]);
      const passing = (context: Context): unknown =>
        wishesFor(context, name).find((change) => change.kind === "service" && change.unit === "kubelet.service");
      expect([passing(fresh), passing(joined)]).toMatchObject([{ passing: [bootstrap] }, { passing: [] }]);
    }
  });

  test("touch only the hosts that were named", async () => {
    const context = await freshContext();
    const [, second] = context.hosts;
    const limited: Context = { ...context, touched: new Set([second?.name ?? ""]) };
    const first = limited.hosts[0]?.name ?? "";
    expect(forHosts(wishesFor(limited, first))).toEqual([]);
    expect(forHosts(wishesFor(limited, second?.name ?? "")).length).toBeGreaterThan(10);
  });
});

const node = (taints: readonly { key: string; value?: string; effect: string }[], ours = "") => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "n", resourceVersion: "1", annotations: { "kbs.dev/taints": ours } },
  spec: { taints },
});

describe("a node's taints", () => {
  const gpu = { key: "gpu", value: "yes", effect: "NoSchedule" } as const;
  const foreign = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };

  test("that are as wished are left alone, whatever their order", () => {
    expect(wishedTaints(node([foreign, gpu]), [gpu])).toBeUndefined();
  });

  test("of the file are added, and everyone else's stay", () => {
    expect(wishedTaints(node([foreign]), [gpu])).toEqual([gpu, foreign]);
  });

  test("that the file no longer has go, if they were the file's", () => {
    expect(wishedTaints(node([foreign, gpu], "gpu:NoSchedule"), [])).toEqual([foreign]);
    expect(wishedTaints(node([foreign, gpu]), [])).toBeUndefined();
  });
});
