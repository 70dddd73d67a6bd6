import { describe, expect, test } from "vitest";
import { createPhases, createPhasesOf } from "../../src/actions/apply/create-phases.ts";
import { initPhaseOf, inTurn } from "../../src/actions/init/phases.ts";
import { refuseJoined } from "../../src/actions/init/refusals.ts";
import { skippedPhases } from "../../src/actions/init/skip.ts";
import { joinPhaseOf } from "../../src/actions/join/phases.ts";
import { skippedJoinPhases } from "../../src/actions/join/skip.ts";
import { covers, initNames, joinNames } from "../../src/actions/kubeadm-names.ts";
import { KnownAfter } from "../../src/changes/phase.ts";
import { kubernetes } from "../../src/facts/kubernetes.ts";
import { claimHost } from "../../src/phases/claim-host.ts";
import { joinEtcd, promoteEtcd } from "../../src/phases/join-etcd.ts";
import { forgetToken } from "../../src/phases/join-workers.ts";
import { labelNodes } from "../../src/phases/label-nodes.ts";
import { startEtcd, writeManifests } from "../../src/phases/start-control-plane.ts";
import { waitControlPlane } from "../../src/phases/wait-control-plane.ts";
import { writePki } from "../../src/phases/write-certificates.ts";
import { contextOf } from "../phases/context.ts";
import { software } from "../phases/software.ts";
import { healthy } from "../preflight/hosts.ts";
import { cluster } from "../templates/cluster.ts";

const facts = new Map(cluster.hosts.map(({ name }, nth) => [name, healthy(nth + 1)]));

/** The phase that a wish waits for, if it does for one. */
const tellerOf = (wish: () => unknown): string | undefined => {
  try {
    wish();
    return undefined;
  } catch (error) {
    if (error instanceof KnownAfter) return error.phase;
    throw error;
  }
};

/** Of some parts those that a phase of join makes. */
const made = (...words: readonly string[]) =>
  ["certs/ca", "certs/sa", "certs/apiserver", "kubeconfig/admin", "kubeconfig/kubelet", "control-plane/scheduler", "etcd/local"].filter(
    joinPhaseOf(words).parts,
  );

describe("a phase of kubeadm's init", () => {
  test("is done by phases of kbs's own init, or by writing files of them alone", () => {
    const own = new Set([...createPhases, claimHost, writePki, writeManifests]);
    for (const name of initNames) for (const phase of initPhaseOf([name]).phases) expect(own.has(phase)).toBe(true);
  });

  test.each(initNames.filter((name) => name !== "preflight" && name !== "upload-certs"))("%s does something", (name) => {
    expect(initPhaseOf(name.split("/")).phases).not.toEqual([]);
  });

  test.each(initNames)("%s asks for nothing that only other phases tell", (name) => {
    const { phases, also } = initPhaseOf([name]);
    const context = contextOf({ facts, parts: covers([name, ...also]), software });
    const ids = new Set(phases.map(({ id }) => id));
    const asked = phases.flatMap((phase) =>
      phase.hosts(context).map((host) => [phase.id, tellerOf(() => phase.wish?.(context, host))] as const),
    );
    expect(asked.filter(([, teller]) => teller !== undefined && !ids.has(teller))).toEqual([]);
  });

  test("is done behind the wait for the API server, whatever it needs in a whole init", () => {
    const phases = inTurn(initPhaseOf(["mark-control-plane"]).phases);
    expect(phases.map(({ id, needs }) => [id, needs])).toEqual([
      ["make-pki", []],
      ["wait-api-server", [{ phase: "make-pki", on: "here" }]],
      ["label-nodes", [{ phase: "wait-api-server", on: "here" }]],
    ]);
  });

  test("is named by words or with a slash, and all of a group by the group", () => {
    expect(initPhaseOf(["addon", "coredns"]).name).toBe("addon/coredns");
    expect(initPhaseOf(["addon/coredns"]).name).toBe("addon/coredns");
    expect(initPhaseOf(["certs", "all"]).name).toBe("certs");
    expect(initPhaseOf(["kubeconfig", "super-admin"]).name).toBe("kubeconfig/super-admin");
    expect(initPhaseOf(["control-plane", "controller-manager"]).name).toBe("control-plane/controller-manager");
  });

  test("that nobody knows is met with those that there are", () => {
    expect(() => initPhaseOf(["addons"])).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ hint: expect.stringContaining("addon/kube-proxy") }) }),
    );
  });
});

describe("what an init leaves out", () => {
  test("is every phase of kubeadm's, by itself or with its group", () => {
    for (const name of initNames) expect(skippedPhases([name], "--skip-phases").parts?.(name)).toBe(false);
    const { parts = () => true } = skippedPhases(["certs", "control-plane/scheduler"], "--skip-phases");
    expect(["certs/ca", "certs/sa", "control-plane/scheduler", "control-plane/apiserver", "kubeconfig/admin"].map(parts)).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
    expect(skippedPhases(["addon/all"], "--skip-phases")).toMatchObject({ kubeProxy: true, dns: true });
    expect(skippedPhases([], "--skip-phases").parts).toBeUndefined();
  });

  test("has a name: any other is met with those that there are", () => {
    expect(() => skippedPhases(["cert"], "kubeadm.yaml: InitConfiguration.skipPhases")).toThrow(
      expect.objectContaining({
        message: 'kubeadm.yaml: InitConfiguration.skipPhases: there is no phase "cert"',
        details: expect.objectContaining({
          hint: expect.stringMatching(/^did you mean certs\? the phases are preflight, certs, certs\/ca/),
        }),
      }),
    );
  });

  test.each(["flannel", "none"] as const)("finds all that it needs before it, with the pod network %s", (plugin) => {
    const phases = createPhasesOf({ cluster: { ...cluster, network: { ...cluster.network, plugin } } });
    const ids = phases.map(({ id }) => id);
    const late = phases.flatMap(({ id, needs = [] }, nth) =>
      needs.flatMap(({ phase }) => (ids.indexOf(phase) > nth ? [`${id}: ${phase}`] : [])),
    );
    expect(late).toEqual([]);
    expect(ids.includes("reach-api-server")).toBe(plugin === "none");
  });

  test("leaves the API alone where nothing is wished of it", () => {
    const alone = {
      ...cluster,
      network: { ...cluster.network, plugin: "none" },
      kubernetes: { ...cluster.kubernetes, proxyMode: "none" },
    } as const;
    const api = ["upload-config", "mark-control-plane", "bootstrap-token", "addon"];
    const idsOf = (names: readonly string[]) => {
      const { parts } = skippedPhases(names, "--skip-phases");
      return createPhasesOf({ cluster: alone, ...(parts && { parts }) }).map(({ id }) => id);
    };
    expect(idsOf([...api, "wait-control-plane"])).not.toContain("wait-api-server");
    expect(idsOf([...api, "wait-control-plane"])).toContain("start-controllers");
    expect(idsOf(api)).toContain("wait-api-server");
    expect(idsOf(["wait-control-plane"])).toContain("wait-api-server");
  });
});

describe("a phase of kubeadm's join", () => {
  const own = [...createPhases, claimHost, writePki, writeManifests, waitControlPlane].map(({ id }) => id);

  test("is done, or left out, by phases that there are", () => {
    for (const name of joinNames) for (const id of joinPhaseOf([name]).phases) expect([...own, "wait-bootstrap"]).toContain(id);
    const left = joinNames.flatMap((name) => [...skippedJoinPhases([name]).phases]);
    for (const id of left) expect([...own, "wait-bootstrap"]).toContain(id);
  });

  test("is named by words or with a slash, with the API server behind it", () => {
    const marked = { name: "control-plane-join/mark-control-plane", rest: ["10.0.0.11:6443"] };
    expect(joinPhaseOf(["control-plane-join", "mark-control-plane", "10.0.0.11:6443"])).toMatchObject(marked);
    expect(joinPhaseOf(["control-plane-join/mark-control-plane", "10.0.0.11:6443"])).toMatchObject(marked);
    expect(joinPhaseOf(["preflight", "10.0.0.11:6443"])).toMatchObject({ name: "preflight", rest: ["10.0.0.11:6443"] });
    expect(joinPhaseOf(["control-plane-prepare", "all"])).toMatchObject({ name: "control-plane-prepare", rest: [] });
    expect(() => joinPhaseOf(["kubelet"])).toThrow('kbs join phase knows no "kubelet"');
  });

  test("makes its own files alone", () => {
    expect(made("control-plane-prepare", "download-certs")).toEqual(["certs/ca", "certs/sa"]);
    expect(made("control-plane-prepare", "certs")).toEqual(["certs/apiserver"]);
    expect(made("control-plane-prepare", "kubeconfig")).toEqual(["kubeconfig/admin"]);
    expect(made("control-plane-prepare", "control-plane")).toEqual(["control-plane/scheduler"]);
    expect(made("kubelet-start")).toEqual(["kubeconfig/kubelet"]);
    expect(made("etcd-join")).toEqual(["etcd/local"]);
    expect(joinPhaseOf(["control-plane-prepare", "certs"])).toMatchObject({ downloads: false, isFirst: true });
    expect(joinPhaseOf(["control-plane-prepare"])).toMatchObject({ downloads: true, isFirst: true });
    expect(joinPhaseOf(["preflight"])).toMatchObject({ downloads: true, phases: new Set() });
    expect(joinPhaseOf(["etcd-join"])).toMatchObject({ phases: new Set([joinEtcd.id, startEtcd.id, promoteEtcd.id]), isFirst: false });
  });

  test("is left out by any of kubeadm's names, and by no other", () => {
    expect(() => skippedJoinPhases(["kubelet"])).toThrow('--skip-phases: there is no phase "kubelet"');
    expect(skippedJoinPhases(["preflight"])).toMatchObject({ preflight: true, download: false, phases: new Set() });
    expect(skippedJoinPhases(["control-plane-prepare"])).toMatchObject({ download: true });
    expect([...skippedJoinPhases(["control-plane-join"]).phases]).toEqual([labelNodes.id]);
  });

  test("leaves the token where nobody waits for the certificate that it brings", () => {
    expect([...skippedJoinPhases(["kubelet-wait-bootstrap"]).phases]).toEqual(["wait-bootstrap", forgetToken.id]);
  });
});

test("one more control plane is not made the first of a cluster", () => {
  const owner = { id: "0b5a8c9e", name: "kubernetes" };
  const manifest = "/etc/kubernetes/manifests/etcd.yaml\n";
  const joined = kubernetes.parse(`${manifest}etcd:initial-cluster=a=https://10.0.0.11:2380\netcd:initial-cluster-state=existing\n`, 0);
  expect(() => refuseJoined({ owner, kubernetes: joined })).toThrow("has joined the cluster kubernetes as one more control plane");
  const first = kubernetes.parse(`${manifest}etcd:initial-cluster=a=https://10.0.0.11:2380\n`, 0);
  expect(() => refuseJoined({ owner, kubernetes: first })).not.toThrow();
});
