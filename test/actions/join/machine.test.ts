import { beforeAll, describe, expect, test } from "vitest";
import { refuseOrdinaryUser } from "../../../src/actions/fleet/here.ts";
import {
  caHashes,
  idOfCa,
  isNamed,
  type Machine,
  membershipOf,
  refuseOtherRole,
  refuseUnnamed,
} from "../../../src/actions/join/machine.ts";
import { kubernetes } from "../../../src/facts/kubernetes.ts";
import { network } from "../../../src/facts/network.ts";
import { makeCa } from "../../kube/discovery-by/cluster.ts";

let [ours, theirs] = ["", ""];
beforeAll(async () => {
  [ours, theirs] = [(await makeCa()).pem, (await makeCa()).pem];
});

const machine = (changes: Partial<Machine> = {}): Machine => ({
  name: "w1",
  network: network.parse("", 1),
  kubernetes: kubernetes.parse("", 1),
  owner: undefined,
  remains: false,
  hasCaKey: false,
  ca: undefined,
  admin: undefined,
  isNode: false,
  isSettled: false,
  ...changes,
});

const owner = { id: "0b5a8c9e", name: "demo" };
const hashOf = (ca: string): string => caHashes(ca)[0] ?? "";

describe("a machine that belongs to no cluster", () => {
  test("may join any, under an id that is made of its CA", () => {
    const { id } = membershipOf(machine(), ours);
    expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(membershipOf(machine(), ours)).toEqual({ id });
    expect(membershipOf(machine(), theirs).id).not.toBe(id);
    expect(isNamed(machine(), [hashOf(ours)])).toBeUndefined();
  });

  test("is left to preflight when another tool's CA lies about", () => {
    expect(() => refuseUnnamed(machine({ ca: theirs }), [hashOf(ours)])).not.toThrow();
    expect(membershipOf(machine({ ca: theirs }), ours)).toEqual({ id: idOfCa(ours) });
  });
});

describe("a machine that belongs to a cluster", () => {
  test("goes on in the same one, under the id that its journal has", () => {
    expect(membershipOf(machine({ owner, ca: ours, isNode: true }), ours)).toEqual(owner);
    // Cut off before the CA was written.
    const begun = { id: idOfCa(ours), name: "kubernetes" };
    expect(membershipOf(machine({ owner: begun }), ours)).toEqual(begun);
    expect(membershipOf(machine({ ca: ours, isNode: true }), ours)).toEqual({ id: idOfCa(ours) });
  });

  test("is known by any of the hashes that were named", () => {
    expect(isNamed(machine({ ca: ours }), [hashOf(theirs), hashOf(ours)])).toBe(true);
    expect(isNamed(machine({ ca: ours }), [hashOf(theirs)])).toBe(false);
    expect(isNamed(machine({ ca: ours }), [])).toBeUndefined();
  });

  test("is refused to another one, with the tool that takes it away", () => {
    const kbs = machine({ owner, ca: theirs });
    expect(() => refuseUnnamed(kbs, [hashOf(ours)])).toThrow("this machine belongs to the cluster demo already");
    expect(() => membershipOf(kbs, ours)).toThrow("this machine belongs to the cluster demo already");
    expect(() => membershipOf(machine({ owner }), ours)).toThrow("this machine belongs to the cluster demo already");
    const kubeadm = machine({ ca: theirs, isNode: true });
    expect(() => refuseUnnamed(kubeadm, [hashOf(ours)])).toThrow("this machine belongs to another cluster already");
    expect(() => membershipOf(kubeadm, ours)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ exit: "preflight", hint: expect.stringContaining("kubeadm reset") }) }),
    );
  });

  test("as its control plane does not become a worker", () => {
    const manifests = kubernetes.parse("/etc/kubernetes/manifests/kube-apiserver.yaml\n", 0);
    expect(() => refuseOtherRole(machine({ kubernetes: manifests }), false)).toThrow("this machine is a control plane");
    expect(() => refuseOtherRole(machine({ kubernetes: manifests }), true)).not.toThrow();
    expect(() => refuseOtherRole(machine(), false)).not.toThrow();
  });

  test("as its worker does not become a control plane, and an attempt at one that was cut off goes on", () => {
    expect(() => refuseOtherRole(machine({ isNode: true }), true)).toThrow("this machine is a worker of a cluster already");
    expect(() => refuseOtherRole(machine({ isNode: true, hasCaKey: true }), true)).not.toThrow();
    expect(() => refuseOtherRole(machine(), true)).not.toThrow();
  });
});

test("an ordinary user is told to be root", () => {
  expect(() => refuseOrdinaryUser(false, "join", "kbs join 10.0.0.11:6443 --token ***")).toThrow(
    expect.objectContaining({ details: expect.objectContaining({ hint: "sudo kbs join 10.0.0.11:6443 --token ***" }) }),
  );
  expect(() => refuseOrdinaryUser(true, "join", "kbs join")).not.toThrow();
});
