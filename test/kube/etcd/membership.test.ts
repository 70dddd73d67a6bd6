import { describe, expect, test } from "vitest";
import { hexId, initialCluster, judgeMembership, membershipProblems } from "../../../src/kube/etcd/membership.ts";
import { member } from "./fake-etcd.ts";

const cp1 = member("cp1", 1);
const cp2 = { name: "cp2", peerUrl: "https://10.0.0.2:2380", hasData: false };

describe("a host that is to run a member of etcd", () => {
  test("is added where the list does not have it", () => {
    expect(judgeMembership([cp1], cp2)).toEqual({ is: "absent" });
  });

  test("that a killed run has added goes on, whether its process has started or not", () => {
    const added = member("", 2, { isLearner: true });
    expect(judgeMembership([cp1, added], cp2)).toEqual({ is: "member", member: added });
    const started = member("cp2", 2, { isLearner: true });
    expect(judgeMembership([cp1, started], { ...cp2, hasData: true })).toEqual({ is: "member", member: started });
    expect(judgeMembership([cp1, added], { ...cp2, hasData: true })).toEqual({ is: "member", member: added });
  });

  test("whose data are gone must not start again as who it was: it has forgotten how it voted", () => {
    const voter = member("cp2", 2);
    expect(judgeMembership([cp1, voter], cp2)).toEqual({ is: "lost", member: voter });
    const other = member("former", 2);
    expect(judgeMembership([cp1, other], cp2)).toEqual({ is: "lost", member: other });
  });

  test("with data that its cluster does not know, or knows by another name or address, is left to a person", () => {
    expect(judgeMembership([cp1], { ...cp2, hasData: true })).toMatchObject({
      is: "refused",
      why: "cp2 holds the data of an etcd member that its cluster does not know any more",
    });
    expect(judgeMembership([cp1, member("former", 2)], { ...cp2, hasData: true })).toMatchObject({
      is: "refused",
      why: "etcd knows the member at https://10.0.0.2:2380 as former, and its data are on cp2",
    });
    expect(judgeMembership([cp1, member("cp2", 9)], cp2)).toMatchObject({
      is: "refused",
      why: "etcd has a member cp2 at https://10.0.0.9:2380, not at https://10.0.0.2:2380",
    });
  });
});

test("a manifest names exactly the members of the moment: those without a name by their id, itself by its own", () => {
  const members = [member("", 2), cp1, member("", 3)];
  expect(initialCluster(members, cp2)).toEqual([
    { name: "cp2", peerUrl: "https://10.0.0.2:2380" },
    { name: "cp1", peerUrl: "https://10.0.0.1:2380" },
    { name: "67", peerUrl: "https://10.0.0.3:2380" },
  ]);
  // As etcd's own logs have it: it does not fit a number of JavaScript.
  expect(hexId({ id: "15605283837629904139" })).toBe("d8911af85113350b");
});

test("etcd is whole when every control plane has started and nobody is without a vote", () => {
  const wished = [{ name: "cp1", peerUrl: "https://10.0.0.1:2380" }, cp2];
  expect(membershipProblems([cp1, member("cp2", 2)], wished)).toEqual([]);
  expect(membershipProblems([cp1], wished)).toEqual(["etcd member cp2 has not joined"]);
  expect(membershipProblems([cp1, member("cp2", 2, { isLearner: true })], wished)).toEqual(["etcd member cp2 has no vote yet"]);
});
