import { describe, expect, test } from "vitest";
import { createPhases } from "../../src/actions/create-phases.ts";
import { initPhaseOf, initPhases, inTurn } from "../../src/actions/init-phases.ts";
import { refuseJoined } from "../../src/actions/init-refusals.ts";
import { joinPhaseOf, skippableJoinPhases, skippedJoinPhases } from "../../src/actions/join-skip.ts";
import { kubernetes } from "../../src/facts/kubernetes.ts";
import { joinEtcd, promoteEtcd } from "../../src/phases/join-etcd.ts";
import { forgetToken } from "../../src/phases/join-workers.ts";
import { labelNodes } from "../../src/phases/label-nodes.ts";
import { startEtcd } from "../../src/phases/start-control-plane.ts";
import { startMemberKubelet } from "../../src/phases/start-kubelet.ts";
import { waitControlPlane } from "../../src/phases/wait-control-plane.ts";

describe("a phase of kubeadm's init", () => {
  test("is done by phases of kbs's own init, and by no other", () => {
    const own = new Set(createPhases);
    for (const { phases } of initPhases) for (const phase of phases) expect(own.has(phase)).toBe(true);
  });

  test("is done behind the wait for the API server, whatever it needs in a whole init", () => {
    const phases = inTurn(initPhaseOf(["addon", "coredns"]).phases);
    expect(phases.map(({ id, needs }) => [id, needs])).toEqual([
      ["make-pki", []],
      ["wait-api-server", [{ phase: "make-pki", on: "here" }]],
      ["apply-dns", [{ phase: "wait-api-server", on: "here" }]],
    ]);
  });

  test("is named by words or with a slash, and all of a group by the group", () => {
    expect(initPhaseOf(["addon", "coredns"]).name).toBe("addon/coredns");
    expect(initPhaseOf(["addon/coredns"]).name).toBe("addon/coredns");
    expect(initPhaseOf(["addon", "all"]).name).toBe("addon");
    expect(initPhaseOf(["upload-config", "kubelet"]).name).toBe("upload-config/kubelet");
  });

  test.each([["certs", "ca"], ["kubeconfig", "admin"], ["control-plane"], ["kubelet-start"]])(
    "%s that kbs does in one go with the rest says so",
    (...words) => {
      expect(() => initPhaseOf(words)).toThrow("kbs does this in one go with the rest");
    },
  );

  test("that nobody knows is met with those that there are", () => {
    expect(() => initPhaseOf(["addons"])).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ hint: expect.stringContaining("addon/kube-proxy") }) }),
    );
  });
});

describe("a phase of kubeadm's join", () => {
  const known = [labelNodes, waitControlPlane, joinEtcd, startMemberKubelet, startEtcd, promoteEtcd, forgetToken].map(({ id }) => id);

  test("is done, or left out, by phases that there are", () => {
    for (const name of ["etcd-join", "control-plane-join", "wait-control-plane"]) {
      for (const id of joinPhaseOf([name]).phases) expect(known).toContain(id);
    }
    const left = skippableJoinPhases.flatMap((name) => [...skippedJoinPhases([name]).phases]);
    for (const id of left) expect([...known, "wait-bootstrap"]).toContain(id);
  });

  test("is named by words or with a slash, with the API server behind it", () => {
    const marked = { name: "control-plane-join/mark-control-plane", rest: ["10.0.0.11:6443"] };
    expect(joinPhaseOf(["control-plane-join", "mark-control-plane", "10.0.0.11:6443"])).toMatchObject(marked);
    expect(joinPhaseOf(["control-plane-join/mark-control-plane", "10.0.0.11:6443"])).toMatchObject(marked);
    expect(joinPhaseOf(["preflight", "10.0.0.11:6443"])).toMatchObject({ name: "preflight", rest: ["10.0.0.11:6443"] });
    expect(joinPhaseOf(["control-plane-join", "all"])).toMatchObject({ name: "control-plane-join", rest: [] });
  });

  test("that cannot be done or left out alone says so", () => {
    expect(() => joinPhaseOf(["kubelet-start"])).toThrow("kbs does this in one go with the rest");
    expect(() => joinPhaseOf(["kubelet"])).toThrow('kbs join phase knows no "kubelet"');
    expect(() => skippedJoinPhases(["kubelet-start"])).toThrow('--skip-phases: kbs join cannot leave out "kubelet-start"');
    expect(skippedJoinPhases(["preflight"])).toEqual({ preflight: true, phases: new Set() });
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
