import { describe, expect, test } from "vitest";
import { healthyMembers, whyNotRestart, whyStay } from "../../../src/kube/etcd/quorum.ts";
import { endpoint, fakeEtcd, member } from "./fake-etcd.ts";

const [cp1, cp2, cp3] = [member("cp1", 1), member("cp2", 2), member("cp3", 3)];
const three = [cp1, cp2, cp3];
const healthy = (...members: readonly { readonly id: string }[]): ReadonlySet<string> => new Set(members.map(({ id }) => id));

describe("a member may leave", () => {
  test("while more than half of those that stay are healthy", () => {
    expect(whyStay(three, [cp3], healthy(cp1, cp2, cp3))).toBeUndefined();
    expect(whyStay([cp1, cp2], [cp2], healthy(cp1))).toBeUndefined();
  });

  test("that is dead itself", () => {
    expect(whyStay(three, [cp3], healthy(cp1, cp2))).toBeUndefined();
  });

  test("that never had a vote", () => {
    expect(whyStay([cp1, member("cp2", 2, { isLearner: true })], [member("cp2", 2, { isLearner: true })], healthy(cp1))).toBeUndefined();
  });
});

describe("a member must stay", () => {
  test("while another one is away: two that stay need both", () => {
    expect(whyStay(three, [cp2], healthy(cp1, cp2))).toBe("without cp2 etcd would be cp1, cp3, of which 2 must be healthy, and cp3 is not");
  });

  test("when it is the last", () => {
    expect(whyStay([cp1], [cp1], healthy(cp1))).toContain("no etcd member with a vote would stay");
    expect(whyStay([cp1, member("cp2", 2, { isLearner: true })], [cp1], healthy(cp1))).toContain("no etcd member with a vote would stay");
  });
});

describe("a member may restart", () => {
  test("while the others are a majority of all", () => {
    expect(whyNotRestart(three, [cp1], healthy(cp2, cp3))).toBeUndefined();
    expect(whyNotRestart(three, [cp3], healthy(cp1, cp2))).toBeUndefined();
  });

  test("where there are no more than two, which have no majority without each other anyway", () => {
    expect(whyNotRestart([cp1], [cp1], healthy(cp1))).toBeUndefined();
    expect(whyNotRestart([cp1, cp2], [cp2], healthy(cp1))).toBeUndefined();
  });
});

test("a member must not restart while another one is away, with a vote that is missed", () => {
  expect(whyNotRestart(three, [cp1], healthy(cp1, cp2))).toBe("etcd has no majority while cp1 restarts: cp3 is not healthy");
  expect(whyNotRestart([...three, member("cp4", 4, { isLearner: true })], [cp1], healthy(cp1, cp2))).toContain("cp3 is not healthy");
});

test("healthy is who answers and has a vote", async () => {
  const etcd = fakeEtcd([cp1, member("cp2", 2, { isLearner: true }), cp3]);
  etcd.dead.add("cp3");
  const asked = ["cp1", "cp2", "cp3", "cp4"].map(endpoint);
  expect(await healthyMembers(etcd, asked, new AbortController().signal)).toEqual(new Set([cp1.id]));
});
