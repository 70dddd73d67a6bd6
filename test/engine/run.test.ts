import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { BinaryChange, Change } from "../../src/changes/change.ts";
import type { Phase } from "../../src/changes/phase.ts";
import { createLimit } from "../../src/engine/limit.ts";
import { UserError } from "../../src/shared/errors.ts";
import type { FakeMachine } from "../support/fake-host.ts";
import { act, file, go, machines, phase, type World } from "./bench.ts";

const here = (id: string) => [{ phase: id, on: "here" }] as const;
const first = (id: string) => [{ phase: id, on: "first" }] as const;
const gate = (): PromiseWithResolvers<void> => Promise.withResolvers<void>();

/** An act that ends while the first message of a machine is under way, which ends only after it. */
const whileUnderWay = (machine: FakeMachine): Phase<World> => {
  const [begun, taught] = [gate(), gate()];
  machine.before = () => {
    begun.resolve();
    return taught.promise;
  };
  return act("learn", {}, async () => {
    await begun.promise;
    setTimeout(taught.resolve, 20);
    return { changed: [] };
  });
};

const object: Change = { kind: "object", object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x", namespace: "default" } } };

describe("the graph", () => {
  test("delays on a slow host only what needs it", async () => {
    const [h1, h2, h3] = machines("h1", "h2", "h3");
    const slow = gate();
    const steps: string[] = [];
    if (!h1 || !h2 || !h3) throw new Error("unreachable");
    h2.before = () => slow.promise;
    const phases = [
      phase("a"),
      act("b", { needs: here("a") }, async (_, host) => {
        steps.push(host);
        if (steps.length === 2) slow.resolve();
        return { changed: [] };
      }),
    ];
    const trial = await go({ phases, machines: [h1, h2, h3] });
    expect(steps).toEqual(["h1", "h3", "h2"]);
    expect(trial.result.failures).toEqual([]);
  });

  test("asks a phase for its wish once what it needs is done: later phases know what earlier ones learned", async () => {
    const learned: { token?: string } = {};
    const phases = [
      act("learn", {}, async () => {
        learned.token = "t0ken";
        return { changed: [] };
      }),
      phase("use", { needs: first("learn"), wish: () => [file("/token", learned.token ?? "nothing")] }),
    ];
    const all = machines("h1", "h2");
    await go({ phases, machines: all });
    expect(all.map(({ nodes }) => nodes.get("/token")?.content.toString())).toEqual(["t0ken", "t0ken"]);
  });

  test("runs an act after its own wish is fulfilled", async () => {
    const [machine] = machines("h1");
    if (!machine) throw new Error("unreachable");
    const seen: boolean[] = [];
    const both = phase("both", {
      act: async () => {
        seen.push(machine.nodes.has("/both"));
        return { changed: ["something"] };
      },
    });
    const { result } = await go({ phases: [both], machines: [machine] });
    expect([seen, result.changed]).toEqual([[true], 2]);
  });

  test("works on no more hosts at once than it may", async () => {
    const all = machines(...Array.from({ length: 12 }, (_, nth) => `h${nth}`));
    let [now, most] = [0, 0];
    for (const machine of all)
      machine.before = async () => {
        most = Math.max(most, ++now);
        await new Promise((resolve) => setImmediate(resolve));
        now--;
      };
    const { result } = await go({
      phases: [phase("a"), act("b", { needs: here("a") }), phase("c", { needs: here("b") })],
      machines: all,
      concurrency: 3,
    });
    expect([most, result.changed]).toEqual([3, 24]);
  });

  test("counts and tells what was changed, and nothing of what was the same", async () => {
    const [machine] = machines("h1");
    if (!machine) throw new Error("unreachable");
    const phases = [
      phase("a"),
      phase("b", { needs: here("a") }),
      act("c", { needs: here("b") }, async () => ({ changed: ["one", "two"] })),
    ];
    const one = await go({ phases: phases.slice(0, 2), machines: [machine] });
    expect([
      one.result.changed,
      one.events.flatMap((event) => (event.type === "change" ? [`${event.change} ${event.state}`] : [])),
    ]).toEqual([2, ["path:/a changed", "path:/b changed"]]);
    machine.nodes.delete("/b");
    const two = await go({ phases, machines: [machine] });
    expect([
      two.result.changed,
      two.events.flatMap((event) => (event.type === "change" ? [`${event.change} ${event.state}`] : [])),
    ]).toEqual([3, ["path:/a same", "path:/b changed", "one changed", "two changed"]]);
  });
});

describe("messages", () => {
  test("carry all changes that are ready for a host, in the order of their phases", async () => {
    const trial = await go({
      phases: [phase("a"), phase("b", { needs: here("a") }), phase("c"), phase("d", { needs: here("b") })],
      machines: machines("h1", "h2"),
    });
    for (const host of ["h1", "h2"]) {
      const [said = "", ...more] = trial.said(host);
      expect(more).toEqual([]);
      expect(said.split(" ").toSorted()).toEqual(["/a", "/b", "/c", "/d", "apply"]);
      expect(said.indexOf("/a")).toBeLessThan(said.indexOf("/b"));
      expect(said.indexOf("/b")).toBeLessThan(said.indexOf("/d"));
    }
  });

  test("of what gets ready while a message is under way go together as the next one", async () => {
    const [machine] = machines("h1");
    if (!machine) throw new Error("unreachable");
    const learn = whileUnderWay(machine);
    const trial = await go({
      phases: [phase("a"), learn, phase("b", { needs: first("learn") }), phase("c", { needs: first("learn") })],
      machines: [machine],
    });
    expect(trial.said("h1")).toEqual(["apply /a", "apply /b /c"]);
  });

  test("of another lane go beside, not behind", async () => {
    const [machine] = machines("h1");
    if (!machine) throw new Error("unreachable");
    const both = gate();
    let waiting = 0;
    machine.before = () => {
      if (++waiting === 2) both.resolve();
      return both.promise;
    };
    const trial = await go({ phases: [phase("a"), phase("b", { lane: "images" })], machines: [machine] });
    expect(trial.said("h1").toSorted()).toEqual(["apply /a", "apply /b"]);
  });

  test("end each unit with its own last change, not with the whole", async () => {
    const [machine] = machines("h1");
    if (!machine) throw new Error("unreachable");
    const order: string[] = [];
    machine.commands.set("look", {
      differs: () => "not yet",
      apply: () => {
        order.push("last change");
        return undefined;
      },
    });
    const look: Change = { kind: "command", name: "look", check: "false", apply: "true" };
    const trial = await go({ phases: [phase("a"), phase("b", { needs: here("a"), wish: () => [look] })], machines: [machine] });
    expect(trial.said("h1")).toEqual(["apply /a command"]);
    expect([trial.end("a@h1"), trial.end("b@h1")]).toEqual(["done", "done"]);
  });
});

const blobs = new Map<string, Buffer>();
const binary = (path: string, text: string): BinaryChange => {
  const content = Buffer.from(text);
  const hex = createHash("sha256").update(content).digest("hex");
  blobs.set(`sha256:${hex}`, content);
  return { kind: "binary", path, mode: 0o755, digest: hex, blob: { digest: `sha256:${hex}`, size: content.length }, encoding: "raw" };
};

const program = (path: string): readonly Change[] => [binary(path, `program ${path}`)];

describe("a first look", () => {
  const phases = [
    phase("a", { early: true, wish: () => program("/a") }),
    phase("b", { early: true, needs: here("a"), lane: "images", wish: () => program("/b") }),
    phase("late", { needs: here("a") }),
  ];

  test("asks for all early phases of a host by one message, and what is as wished is not sent again", async () => {
    const all = machines("h1", "h2");
    await go({ phases, machines: all, blobs });
    for (const machine of all) machine.messages.length = 0;
    const again = await go({ phases, machines: all, blobs });
    expect(again.result.changed).toBe(0);
    expect(again.said("h1")).toEqual(["check /a /b", "apply /late"]);
    expect(again.said("h2")).toEqual(["check /a /b", "apply /late"]);
  });

  test("sends a phase of which one part differs whole", async () => {
    const [machine] = machines("h1");
    if (!machine) throw new Error("unreachable");
    const early = [
      phase("a", { early: true, wish: () => [file("/1"), file("/2")] }),
      phase("b", { early: true, wish: () => program("/3") }),
    ];
    await go({ phases: early, machines: [machine], blobs });
    machine.messages.length = 0;
    machine.nodes.delete("/2");
    const again = await go({ phases: early, machines: [machine], blobs });
    expect([again.said("h1"), again.result.changed]).toEqual([["check /1 /2 /3", "apply /1 /2"], 1]);
  });

  test("is for content: where there is none to bring, what is wished goes there at once", async () => {
    const trial = await go({
      phases: [phase("a", { early: true }), phase("b", { early: true, needs: here("a") })],
      machines: machines("h1"),
    });
    expect(trial.said("h1")).toEqual(["apply /a /b"]);
  });

  test("that fails loses its host, and nothing is changed there", async () => {
    const all = machines("h1", "h2");
    const [, h2] = all;
    if (!h2) throw new Error("unreachable");
    h2.before = () => {
      throw new UserError("the connection broke", { exit: "unreachable", host: "h2" });
    };
    const lost: string[] = [];
    const trial = await go({ phases, machines: all, blobs, onLost: (host) => lost.push(host) });
    expect([lost, trial.result.failures.map(({ host, error }) => [host, error.exit])]).toEqual([["h2"], [["h2", "unreachable"]]]);
    expect(trial.end("late@h2")).toBe("skipped: an earlier step failed on this host");
    expect(trial.end("late@h1")).toBe("done");
    expect(h2.nodes.has("/a")).toBe(false);
  });
});

describe("content", () => {
  const [one, two, three] = [binary("/one", "first program"), binary("/two", "second program"), binary("/three", "third program")];
  const install = phase("install", { early: true, wish: () => [one, two] });

  test("goes to a host that lacks it before the change that needs it, and to no other", async () => {
    const all = machines("h1", "h2");
    await go({ phases: [install], machines: all, blobs });
    const [h1, h2] = all;
    if (!h1 || !h2) throw new Error("unreachable");
    h2.nodes.delete("/two");
    for (const machine of all) machine.messages.length = 0;
    const again = await go({ phases: [install], machines: all, blobs });
    expect(again.said("h1")).toEqual(["check /one /two"]);
    expect(again.said("h2")).toEqual(["check /one /two", `blobs ${two.blob.digest}`, "apply /one /two"]);
    expect(h2.nodes.get("/two")?.content.toString()).toBe("second program");
  });

  test("that two phases need is sent once", async () => {
    const other = phase("other", { early: true, wish: () => [{ ...one, path: "/copy" }] });
    const all = machines("h1");
    const trial = await go({ phases: [phase("install", { early: true, wish: () => [two, one] }), other], machines: all, blobs });
    expect(trial.said("h1").filter((said) => said.startsWith("blobs"))).toEqual([`blobs ${two.blob.digest} ${one.blob.digest}`]);
  });

  test("of what stands behind a phase that is not early follows it, over the same channel, and its changes go together", async () => {
    const middle = phase("middle", { needs: here("install"), wish: () => [{ kind: "file", path: "/middle", mode: 0o644, content: "" }] });
    const behind = phase("behind", { early: true, lane: "images", needs: here("middle"), wish: () => [two] });
    const last = phase("last", { early: true, lane: "images", needs: here("behind"), wish: () => [three] });
    const all = machines("h1");
    const trial = await go({ phases: [phase("install", { early: true, wish: () => [one] }), middle, behind, last], machines: all, blobs });
    expect(trial.result.failures).toEqual([]);
    const sent = `blobs ${one.blob.digest} ${two.blob.digest} ${three.blob.digest}`;
    expect(trial.said("h1").toSorted()).toEqual(["apply /one /middle", "apply /two /three", sent, "check /one /two /three"].toSorted());
  });

  test("for later gives its channel to a host's other messages where there are too few, and goes by a message of its own", async () => {
    const [machine] = machines("h1");
    if (!machine) throw new Error("unreachable");
    const crowded = new AbortController();
    machine.crowded = crowded.signal;
    const others = act("others", { needs: here("install") }, async () => {
      await expect.poll(() => machine.messages.filter(({ kind }) => kind === "blobs").length).toBe(1);
      crowded.abort();
      return { changed: [] };
    });
    const behind = phase("behind", { early: true, lane: "images", needs: here("others"), wish: () => [two] });
    const last = phase("last", { early: true, lane: "images", needs: here("behind"), wish: () => [three] });
    const trial = await go({
      phases: [phase("install", { early: true, wish: () => [one] }), others, behind, last],
      machines: [machine],
      blobs,
    });
    expect(trial.result.failures).toEqual([]);
    expect(trial.said("h1")).toEqual([
      "check /one /two /three",
      `blobs ${one.blob.digest} ${two.blob.digest} ${three.blob.digest}`,
      "apply /one",
      `blobs ${two.blob.digest} ${three.blob.digest}`,
      "apply /two /three",
    ]);
    const told = trial.events.flatMap((event) => (event.type === "bytes" ? [event] : [])).at(-1);
    expect(told?.sent).toBe(told?.total);
  });

  test("that nobody comes to need is not waited for", async () => {
    const broken = act("broken", { needs: here("install") }, async () => {
      throw new Error("no");
    });
    const behind = phase("behind", { early: true, needs: here("broken"), wish: () => [two] });
    const trial = await go({
      phases: [phase("install", { early: true, wish: () => [one] }), broken, behind],
      machines: machines("h1"),
      blobs,
    });
    expect(trial.end("behind@h1")).toMatch(/^skipped/);
  });

  test("does not keep a phase waiting that needs none", async () => {
    const [machine] = machines("h1");
    if (!machine) throw new Error("unreachable");
    const slow = gate();
    machine.before = ({ kind }) => (kind === "blobs" ? slow.promise : undefined);
    const after = act("after", { needs: here("quick") }, async () => {
      slow.resolve();
      return { changed: [] };
    });
    const trial = await go({ phases: [install, phase("quick"), after], machines: [machine], blobs });
    expect(trial.result.failures).toEqual([]);
  });

  test("that does not arrive fails what needs it, with the host's words, and lets other hosts go on", async () => {
    const all = machines("h1", "h2");
    const [, h2] = all;
    if (!h2) throw new Error("unreachable");
    h2.before = ({ kind }) => {
      if (kind === "blobs") throw new UserError("the disk is full", { exit: "phase", host: "h2" });
    };
    const trial = await go({ phases: [install, phase("next", { needs: here("install") })], machines: all, blobs });
    expect([trial.end("install@h2"), trial.end("next@h2"), trial.end("next@h1")]).toEqual([
      "failed: the disk is full",
      expect.stringMatching(/^skipped/),
      "done",
    ]);
  });

  test("is on its way to the first control plane before it goes to any other host", async () => {
    const all = machines("h1", "h2");
    const [h1, h2] = all;
    if (!h1 || !h2) throw new Error("unreachable");
    const order: string[] = [];
    h1.before = async ({ kind }) => {
      if (kind !== "blobs") return;
      await new Promise((resolve) => setTimeout(resolve, 50));
      order.push("h1");
    };
    h2.before = ({ kind }) => {
      if (kind === "blobs") order.push("h2");
    };
    await go({ phases: [install], machines: all, blobs });
    expect(order).toEqual(["h1", "h2"]);
  });
});

describe("a failure", () => {
  test("ends its host's list and what needs it; everything else is done", async () => {
    const all = machines("h1", "h2", "h3");
    const [, h2] = all;
    h2?.nodes.set("/b", { type: "directory", mode: 0o755, content: Buffer.alloc(0) });
    const lost: string[] = [];
    const phases = [
      phase("a"),
      act("pause", { needs: here("a") }),
      phase("b", { needs: here("pause") }),
      act("c", { needs: here("b") }),
      act("on-second", { hosts: () => ["h1"], needs: [{ phase: "b", on: "everywhere" }] }),
      act("last", { needs: here("c") }),
    ];
    const trial = await go({ phases, machines: all, onLost: (host) => lost.push(host) });
    expect(trial.result.failures.map(({ phase: id, host, error }) => [id, host, error.exit, error.message, error.details.output])).toEqual([
      ["b", "h2", "phase", "path:/b could not be made so", "/b is a directory"],
    ]);
    expect(lost).toEqual(["h2"]);
    expect(["c@h2", "last@h2"].map(trial.end)).toEqual(Array.from({ length: 2 }, () => "skipped: an earlier step failed on this host"));
    expect(["last@h1", "last@h3", "on-second@h1"].map(trial.end)).toEqual(["done", "done", "done"]);
  });

  test("on the first control plane skips on all hosts what needs it there, with the reason", async () => {
    const broken = act("api", { hosts: () => ["h1"] }, () => Promise.reject(new UserError("it does not answer", { exit: "phase" })));
    const trial = await go({ phases: [phase("a"), broken, phase("join", { needs: first("api") })], machines: machines("h1", "h2") });
    expect(trial.end("join@h2")).toBe("skipped: it needs api on h1, which was not done");
    expect(trial.end("a@h2")).toBe("done");
  });

  test("in the middle of a message leaves units before it done and units behind it skipped, not failed", async () => {
    const all = machines("h1");
    all[0]?.nodes.set("/b", { type: "directory", mode: 0o755, content: Buffer.alloc(0) });
    const phases = [phase("a"), phase("b", { needs: here("a") }), phase("c", { needs: here("b") })];
    const trial = await go({ phases, machines: all });
    expect(trial.said("h1")).toEqual(["apply /a /b /c"]);
    expect(["a@h1", "b@h1", "c@h1"].map(trial.end)).toEqual([
      "done",
      "failed: path:/b could not be made so",
      "skipped: an earlier step failed on this host",
    ]);
    expect([trial.result.failures.length, trial.result.changed, all[0]?.nodes.has("/c")]).toEqual([1, 1, false]);
  });

  test("does not hide what its unit has changed before", async () => {
    const all = machines("h1");
    all[0]?.nodes.set("/2", { type: "directory", mode: 0o755, content: Buffer.alloc(0) });
    const trial = await go({ phases: [phase("a", { wish: () => [file("/1"), file("/2")] })], machines: all });
    expect([trial.result.failures.length, trial.result.changed]).toEqual([1, 1]);
    expect(trial.events).toContainEqual(expect.objectContaining({ type: "unit-ended", state: "failed", changed: 1 }));
  });

  test("sends nothing more in its lane, though a unit behind it stood in the queue already", async () => {
    const [machine] = machines("h1");
    if (!machine) throw new Error("unreachable");
    machine.nodes.set("/a", { type: "directory", mode: 0o755, content: Buffer.alloc(0) });
    const learn = whileUnderWay(machine);
    const trial = await go({ phases: [phase("a"), learn, phase("b", { needs: first("learn") })], machines: [machine] });
    expect([trial.said("h1"), trial.end("b@h1")]).toEqual([["apply /a"], "skipped: an earlier step failed on this host"]);
  });

  test("of a connection is told once, whatever was under way on it", async () => {
    const all = machines("h1", "h2");
    const [, h2] = all;
    if (!h2) throw new Error("unreachable");
    h2.before = () => {
      throw new UserError("the connection broke", { exit: "unreachable", host: "h2" });
    };
    const trial = await go({ phases: [phase("a"), phase("b", { needs: here("a") }), phase("c", { lane: "images" })], machines: all });
    expect(trial.result.failures.filter(({ host }) => host === "h1")).toEqual([]);
    expect(trial.result.failures.map(({ error }) => error.message)).toContain("the connection broke");
    expect(["a@h1", "b@h1", "c@h1"].map(trial.end)).toEqual(["done", "done", "done"]);
  });

  test("that is our own is called a bug, with its place, and does not stop other hosts", async () => {
    const odd = phase("odd", {
      wish: (_, host) => {
        if (host === "h2") throw new TypeError("no such thing");
        return [file("/odd")];
      },
    });
    const trial = await go({ phases: [odd], machines: machines("h1", "h2") });
    const [failure] = trial.result.failures;
    expect([failure?.error.exit, failure?.error.message]).toEqual(["bug", "TypeError: no such thing"]);
    expect(failure?.error.details.output).toContain("run.test.ts");
    expect(trial.end("odd@h1")).toBe("done");
  });
});

describe("objects", () => {
  test("are applied through the API, told one by one, and counted", async () => {
    const trial = await go({
      phases: [phase("objects", { hosts: () => ["h1"], wish: () => [object, object] })],
      machines: machines("h1"),
      applyObjects: async (objects) =>
        objects.map((_, nth) => (nth === 0 ? { state: "changed", detail: "made" } : { state: "same", detail: "" })),
    });
    expect(trial.result.changed).toBe(1);
    expect(trial.events.flatMap((event) => (event.type === "change" ? [[event.change, event.state, event.detail]] : []))).toEqual([
      ["object:ConfigMap/default/x", "changed", "made"],
      ["object:ConfigMap/default/x", "same", undefined],
    ]);
  });

  test("of which one is refused fail their unit with the API's words", async () => {
    const trial = await go({
      phases: [phase("objects", { wish: () => [object] })],
      machines: machines("h1"),
      applyObjects: async () => [{ state: "failed", detail: "no such field" }],
    });
    const [failure] = trial.result.failures;
    expect([failure?.error.message, failure?.error.details.output]).toEqual([
      "object:ConfigMap/default/x could not be applied",
      "no such field",
    ]);
  });
});

describe("an interruption", () => {
  test("lets what runs end, starts nothing more, and tells what was cancelled", async () => {
    const stop = new AbortController();
    const waiting = act("waiting", {}, async (_, __, { signal }) => {
      setTimeout(() => stop.abort(new UserError("interrupted", { exit: "interrupted" })), 10);
      await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
      return { changed: [] };
    });
    const trial = await go({
      phases: [phase("a"), waiting, phase("after", { needs: here("waiting") })],
      machines: machines("h1", "h2"),
      signal: stop.signal,
    });
    expect(["a@h1", "waiting@h1", "after@h1", "after@h2"].map(trial.end)).toEqual(["done", "cancelled", "cancelled", "cancelled"]);
    expect(trial.result.failures).toEqual([]);
  });
});

test("a limit lets tasks in one by one, also after one that failed", async () => {
  const limit = createLimit(2);
  let [now, most] = [0, 0];
  const task = async (nth: number): Promise<number> => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setImmediate(resolve));
    now--;
    if (nth % 3 === 0) throw new Error(String(nth));
    return nth;
  };
  const ends = await Promise.allSettled(Array.from({ length: 20 }, (_, nth) => limit(() => task(nth))));
  expect([most, ends.filter(({ status }) => status === "fulfilled").length]).toEqual([2, 13]);
});
