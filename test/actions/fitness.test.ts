import { describe, expect, test } from "vitest";
import { examine, fitHosts } from "../../src/actions/fitness.ts";
import type { Survey } from "../../src/actions/survey.ts";
import { createBus } from "../../src/engine/events.ts";
import { UserError } from "../../src/shared/errors.ts";
import { cluster, healthy } from "../preflight/hosts.ts";

const host = (name: string, nth: number, role: "control-plane" | "worker") => ({ name, address: `10.0.0.${nth}`, roles: [role] });
const wished = cluster({}, { hosts: [host("cp1", 11, "control-plane"), host("cp2", 12, "control-plane"), host("w1", 13, "worker")] });

interface Scene {
  readonly dead?: readonly string[];
  /** Hosts that run the cluster. */
  readonly run?: readonly string[];
  readonly chosen?: readonly string[];
  readonly keepGoing?: boolean;
}

const judge = ({ dead = [], run = [], chosen = ["cp1", "cp2", "w1"], keepGoing = false }: Scene) => {
  const reached = wished.hosts.filter(({ name }) => !dead.includes(name) && (chosen.includes(name) || name.startsWith("cp")));
  const facts = new Map(
    reached.map(({ name }) => {
      const found = healthy(wished.hosts.findIndex((one) => one.name === name) + 1);
      const manifests = run.includes(name) ? ["/etc/kubernetes/manifests/kube-apiserver.yaml"] : [];
      const ownership = run.length === 0 ? undefined : { id: "c", name: "demo" };
      return [name, { ...found, ownership, kubernetes: { ...found.kubernetes, manifests } }];
    }),
  );
  const failures = new Map(dead.map((name) => [name, new UserError(`${name} did not answer`, { exit: "unreachable" })]));
  const found: Survey = {
    run: "r",
    cluster: wished,
    fleet: { doors: new Map(), failures: new Map(), close: () => Promise.resolve() },
    chosen: new Set(chosen),
    facts,
    pkiFound: new Map(),
    joined: new Set(),
    clusterId: "c",
    isNew: run.length === 0,
    failures,
  };
  return fitHosts(found, examine(found, undefined, ["all"]), { keepGoing, bus: createBus(), file: "c.yaml" });
};

describe("of several control planes", () => {
  test("a dead one stops all, unless the others are to go on: first or not, if one that runs the cluster is there", () => {
    expect(() => judge({ dead: ["cp1"], run: ["cp1", "cp2"] })).toThrow("cannot take part; nothing was changed anywhere");
    const { fit, exit } = judge({ dead: ["cp1"], run: ["cp1", "cp2"], keepGoing: true });
    expect([[...fit], exit]).toEqual([["cp2", "w1"], "unreachable"]);
  });

  test("a dead one does not matter to a run that names others", () => {
    const { fit, exit } = judge({ dead: ["cp1"], run: ["cp1", "cp2"], chosen: ["w1"] });
    expect([[...fit], exit]).toEqual([["cp2", "w1"], "done"]);
  });

  test("a silent one may be the one that runs the cluster of which others tell: no second one is begun beside it", () => {
    expect(() => judge({ dead: ["cp1"], run: ["cp1"], keepGoing: true })).toThrow(
      "no control plane that was reached runs the cluster demo, and cp1 did not answer: it may live there",
    );
  });

  test("a new cluster begins on the first one of the file alone", () => {
    expect([...judge({ dead: ["cp2"], keepGoing: true }).fit]).toEqual(["cp1", "w1"]);
    expect(() => judge({ dead: ["cp1"], keepGoing: true })).toThrow("cannot take part");
  });
});
