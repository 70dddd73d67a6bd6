import { describe, expect, test } from "vitest";
import type { Change, ObjectChange } from "../../src/changes/change.ts";
import { type Foresight, KnownAfter, type Phase } from "../../src/changes/phase.ts";
import type { ObjectRecord } from "../../src/engine/doors.ts";
import { createBus } from "../../src/engine/events.ts";
import { type Foreseen, foreseePhases } from "../../src/engine/foresee.ts";
import { isPending, planOf } from "../../src/engine/plan/plan.ts";
import { UserError } from "../../src/shared/errors.ts";
import { type FakeMachine, fakeHost, fakeMachine } from "../support/fake-host.ts";
import { act, file, phase, type World } from "./bench.ts";

const here = (id: string) => [{ phase: id, on: "here" }] as const;

interface Look {
  readonly foreseen: Foreseen<World>;
  readonly story: readonly string[];
}

const look = async (
  phases: readonly Phase<World>[],
  machines: readonly FakeMachine[],
  applyObjects: (objects: readonly ObjectChange[], signal: AbortSignal, reading: string) => Promise<readonly ObjectRecord[]> = () =>
    Promise.reject(new Error("nobody foresaw objects")),
): Promise<Look> => {
  const story: string[] = [];
  const doors = new Map(machines.map((machine) => [machine.name, fakeHost(machine).host]));
  const foreseen = await foreseePhases<World>({
    phases,
    context: { hosts: machines.map(({ name }) => name), story },
    first: machines[0]?.name ?? "",
    doors: {
      host: (name) => doors.get(name) ?? expect.fail(`no door to ${name}`),
      applyObjects,
      readBlob: () => expect.fail("nothing is staged"),
    },
    ticket: { cluster: { id: "c", name: "demo" }, run: "a look" },
    bus: createBus(),
    signal: new AbortController().signal,
    concurrency: 30,
  });
  return { foreseen, story };
};

const planned = (foreseen: Foreseen<World>) => planOf({ cluster: "demo", file: "c.yaml", isNew: false, foreseen, contents: new Map() });

/** Units with what would change in them. */
const told = (foreseen: Foreseen<World>): string[] =>
  planned(foreseen).units.map(({ key, changes, knownAfter }) =>
    [key, ...changes.map(({ change, why }) => `${change}: ${why}`), ...(knownAfter === undefined ? [] : [`after ${knownAfter}`])].join(
      " | ",
    ),
  );

const foreseeing = (id: string, foresight: Foresight, needs: Phase<World>["needs"] = []): Phase<World> => ({
  ...act(id, { needs }, () => Promise.reject(new Error("a look must not act"))),
  foresee: async () => foresight,
});

describe("the check reading", () => {
  test("sends one check message to each host, with all changes in the graph's order, and no act runs", async () => {
    const all = [fakeMachine("h1"), fakeMachine("h2")];
    const { foreseen, story } = await look(
      [phase("a"), act("b", { needs: here("a") }), phase("c", { needs: here("b"), lane: "images" })],
      all,
    );
    for (const { messages } of all) {
      expect(
        messages.map((message) =>
          message.kind === "change"
            ? `${message.reading} ${message.changes.map((change) => ("path" in change ? change.path : "")).join(" ")}`
            : message.kind,
        ),
      ).toEqual(["check /a /c"]);
    }
    expect(story).toEqual([]);
    expect(told(foreseen)).toEqual([
      "a@h1 | path:/a: absent",
      "a@h2 | path:/a: absent",
      "c@h1 | path:/c: absent",
      "c@h2 | path:/c: absent",
    ]);
  });

  test("asks hosts as soon as every wish is known, and not before, while acts still look at what is theirs", async () => {
    const machine = fakeMachine("h1");
    const asked = Promise.withResolvers<void>();
    const story: string[] = [];
    machine.before = () => {
      story.push("asked");
      asked.resolve();
    };
    const learned: { token?: string } = {};
    const learn: Phase<World> = {
      ...act("learn"),
      foresee: async () => {
        story.push("told");
        learned.token = "t0ken";
        return { changes: [] };
      },
    };
    const use = phase("use", {
      needs: here("learn"),
      wish: () => {
        if (learned.token === undefined) throw new KnownAfter("token", "learn");
        return [file("/token", learned.token)];
      },
    });
    const slow: Phase<World> = {
      ...act("slow"),
      foresee: async () => {
        await asked.promise;
        return { changes: [] };
      },
    };
    const { foreseen } = await look([phase("a"), learn, use, slow], [machine]);
    expect([story, told(foreseen)]).toEqual([
      ["told", "asked"],
      ["a@h1 | path:/a: absent", "use@h1 | path:/token: absent"],
    ]);
  });

  test("works on hosts that another run holds, and leaves them as they are", async () => {
    const machine = fakeMachine("h1");
    machine.holder = { run: "another", owner: "somebody", lose: () => undefined };
    const before = new Map(machine.nodes);
    const { foreseen } = await look([phase("a")], [machine]);
    expect([foreseen.failures, machine.nodes]).toEqual([[], before]);
  });

  test("finds nothing where all is as wished", async () => {
    const machine = fakeMachine("h1");
    machine.nodes.set("/a", { type: "regular file", mode: 0o644, content: Buffer.from("/a") });
    const { foreseen } = await look([phase("a")], [machine]);
    const plan = planned(foreseen);
    expect([plan.units, plan.changes, isPending(plan)]).toEqual([[], 0, false]);
  });

  test("tells what a wish cannot know yet as known after the phase that tells it", async () => {
    const late = phase("late", {
      needs: here("learn"),
      wish: () => {
        throw new KnownAfter("token", "learn");
      },
    });
    const { foreseen } = await look([{ ...act("learn"), title: "Learn a token" }, late], [fakeMachine("h1")]);
    expect(told(foreseen)).toEqual(["late@h1 | after Learn a token"]);
    expect(isPending(planned(foreseen))).toBe(true);
  });

  test("asks acts what they would change, and what is not ready", async () => {
    const label = foreseeing("label", {
      changes: [{ change: "labels of node h1", why: "metadata.labels.disk: absent -> ssd" }],
      waits: ["node h2: NotReady"],
    });
    const { foreseen } = await look([label], [fakeMachine("h1")]);
    expect(told(foreseen)).toEqual(["label@h1 | labels of node h1: metadata.labels.disk: absent -> ssd"]);
    expect(planned(foreseen).waits).toEqual(["node h2: NotReady"]);
  });

  test("tells once what several wait for", async () => {
    const waits = ["etcd does not answer"];
    const { foreseen } = await look(
      [foreseeing("join", { changes: [], waits }), foreseeing("vote", { changes: [], waits })],
      [fakeMachine("h1")],
    );
    expect(planned(foreseen).waits).toEqual(waits);
  });

  test("compares objects through the API, and only compares", async () => {
    const object: Change = { kind: "object", object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } } };
    const readings: string[] = [];
    const { foreseen } = await look(
      [phase("objects", { wish: () => [object, object] })],
      [fakeMachine("h1")],
      async (objects, _, reading) => {
        readings.push(reading);
        return objects.map((_object, nth) => (nth === 0 ? { state: "changed", detail: "data.a: 1 -> 2" } : { state: "same", detail: "" }));
      },
    );
    expect([readings, told(foreseen)]).toEqual([["check"], ["objects@h1 | object:ConfigMap/x: data.a: 1 -> 2"]]);
  });

  test("tells objects that cannot be compared without an API, instead of failing", async () => {
    const object: Change = { kind: "object", object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } } };
    const { foreseen } = await look([phase("objects", { wish: () => [object] })], [fakeMachine("h1")], () =>
      Promise.reject(new KnownAfter("kube", "api")),
    );
    expect([foreseen.failures, told(foreseen)]).toEqual([[], ["objects@h1 | object:ConfigMap/x: to be compared once there is an API"]]);
  });

  test("names a host that could not be compared, and goes on with the others", async () => {
    const [h1, h2] = [fakeMachine("h1"), fakeMachine("h2")];
    h2.before = () => {
      throw new UserError("the connection broke", { exit: "unreachable", host: "h2" });
    };
    const { foreseen } = await look([phase("a")], [h1, h2]);
    expect(foreseen.failures.map(({ host, error }) => [host, error.exit])).toEqual([["h2", "unreachable"]]);
    expect(told(foreseen)).toEqual(["a@h1 | path:/a: absent"]);
  });
});

const binary = (path: string, digest: string): Change => ({
  kind: "binary",
  path,
  mode: 0o755,
  digest: "00",
  blob: { digest, size: 100 },
  encoding: "raw",
});

describe("a plan", () => {
  test("says of each unit which others it stands behind: the nearest with something to do", async () => {
    const machine = fakeMachine("h1");
    machine.nodes.set("/b", { type: "regular file", mode: 0o644, content: Buffer.from("/b") });
    const phases = [phase("a"), phase("b", { needs: here("a") }), phase("c", { needs: [...here("a"), ...here("b")] }), phase("d")];
    const { foreseen } = await look(phases, [machine]);
    expect(planned(foreseen).units.map(({ key, after }) => [key, after])).toEqual([
      ["a@h1", []],
      ["c@h1", ["a@h1"]],
      ["d@h1", []],
    ]);
  });

  test("counts a restart that is only a consequence, as an apply does", async () => {
    const machine = fakeMachine("h1");
    machine.states.set("service:x.service", "loaded e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    const { foreseen } = await look(
      [phase("a", { wish: () => [file("/x"), { kind: "service", unit: "x.service", inputs: ["/x"] }] })],
      [machine],
    );
    const plan = planned(foreseen);
    expect([plan.changes, plan.hosts[0]?.restarts.map(({ what }) => what)]).toEqual([2, ["x.service"]]);
    expect(plan.units[0]?.changes.map(({ change, consequence }) => [change, consequence])).toEqual([
      ["path:/x", false],
      ["service:x.service", true],
    ]);
  });

  test("counts each blob once, and those of what is in place not at all", async () => {
    const { foreseen } = await look(
      [phase("a", { wish: () => [binary("/1", "x"), binary("/2", "x"), binary("/3", "y")] })],
      [fakeMachine("h1")],
    );
    expect(planned(foreseen).hosts).toMatchObject([{ host: "h1", bytes: 200, changes: 3 }]);
  });

  test("does not count what only follows from other changes, and names it where an interrupted run has left it", async () => {
    const machine = fakeMachine("h1");
    machine.commands.set("tidy", { differs: () => "something is left", apply: () => undefined });
    const tidy: Change = { kind: "command", name: "tidy", check: "false", apply: "true", follows: true };
    const alone = planned((await look([phase("tidy", { wish: () => [tidy] })], [machine])).foreseen);
    expect([alone.changes, alone.unfinished, isPending(alone)]).toEqual([0, ["tidy on h1"], true]);
    const beside = planned((await look([phase("a"), phase("tidy", { wish: () => [tidy] })], [machine])).foreseen);
    expect([beside.changes, beside.unfinished]).toEqual([1, []]);
  });
});
