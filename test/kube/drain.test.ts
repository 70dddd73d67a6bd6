import { describe, expect, test } from "vitest";
import { cordon, type DrainOptions, drain, judgePods } from "../../src/kube/drain.ts";
import { type FakeCluster, fakeCluster, serveCluster } from "./draining-server.ts";
import { answer, status } from "./local-server.ts";
import { serveLocally } from "./serve.ts";

const api = serveLocally();

const rules: DrainOptions = { force: false, ignoreDaemonSets: true, deleteEmptyDirData: false, disableEviction: false, timeout: 60_000 };
const { signal } = new AbortController();
const rs = ["ReplicaSet", "web"] as const;

const serve = (cluster: FakeCluster): FakeCluster => {
  api.server.handle(serveCluster(cluster));
  return cluster;
};

const drained = async (options: Partial<DrainOptions> = {}) => {
  const [reasons, warnings]: [string[], string[]] = [[], []];
  const tools = { signal, waiting: (reason: string) => reasons.push(reason), warn: (text: string) => warnings.push(text) };
  const moved = await drain(api.kube, "w1", { ...rules, ...options }, tools);
  return { moved, reasons, warnings };
};

describe("which pods go", () => {
  const everything = fakeCluster(
    [{ name: "w1" }],
    [
      { name: "web", node: "w1", owner: rs },
      { name: "elsewhere", node: "w2", owner: rs },
      { name: "proxy", node: "w1", owner: ["DaemonSet", "proxy"] },
      { name: "orphan", node: "w1", owner: ["DaemonSet", "gone"] },
      { name: "static", node: "w1", mirror: true },
      { name: "scratch", node: "w1", owner: rs, emptyDir: true },
      { name: "lonely", node: "w1" },
      { name: "ended", node: "w1", phase: "Succeeded", emptyDir: true },
    ],
    ["proxy"],
  );
  const judged = async (changes: Partial<DrainOptions>) => {
    serve(everything);
    const { going, refused } = await judgePods(api.kube, "w1", { ...rules, ...changes }, signal);
    return { going: going.map(({ metadata }) => metadata.name), refused };
  };

  test("are those of controllers and those that have ended; each other kind is refused with the flag that lets it go", async () => {
    expect(await judged({})).toEqual({
      going: ["web", "ended"],
      refused: [
        "pods that have outlived their DaemonSet (--force removes them): default/orphan",
        "pods with local storage, which would be lost (--delete-emptydir-data removes them): default/scratch",
        "pods without a controller, which nobody would make anew (--force removes them): default/lonely",
      ],
    });
  });

  test("are the others too when their flags are given, but never those that the kubelet makes from files", async () => {
    expect(await judged({ force: true, deleteEmptyDirData: true })).toEqual({
      going: ["web", "orphan", "scratch", "lonely", "ended"],
      refused: [],
    });
    expect((await judged({ ignoreDaemonSets: false })).refused).toContain(
      "pods of DaemonSets (--ignore-daemonsets leaves them): default/proxy",
    );
  });
});

describe("a drain", () => {
  test("asks each pod to end once, and ends when the last has gone", async () => {
    const { told, pods } = serve(
      fakeCluster(
        [{ name: "w1" }],
        [
          { name: "a", node: "w1", owner: rs, lingers: 1 },
          { name: "b", node: "w1", owner: rs },
          { name: "other", node: "w2", owner: rs },
        ],
      ),
    );
    const { moved, reasons } = await drained({ gracePeriod: 0 });
    expect(moved.toSorted()).toEqual(["default/a", "default/b"]);
    expect(told.toSorted()).toEqual(["evict a", "evict b"]);
    expect(reasons[0]).toBe("waiting for the end of default/a, default/b");
    expect([...pods.keys()]).toEqual(["other"]);
  });

  test("hands on the time that pods are given", async () => {
    const cluster = serve(fakeCluster([{ name: "w1" }], [{ name: "a", node: "w1", owner: rs, lingers: 1 }]));
    const pod = cluster.pods.get("a");
    await drained({ gracePeriod: 7 });
    expect(pod?.graceAsked).toBe(7);
  });

  test("waits for a disruption budget, and says which and what it wants", async () => {
    const says = "The disruption budget web needs 2 healthy pods and has 2 currently";
    const { told } = serve(fakeCluster([{ name: "w1" }], [{ name: "a", node: "w1", owner: rs, budget: { says, times: 1 } }]));
    const { moved, reasons } = await drained();
    expect(reasons[0]).toBe("cannot evict default/a yet: the disruption budget web needs 2 healthy pods and has 2 currently");
    expect(told).toEqual(["evict a", "evict a"]);
    expect(moved).toEqual(["default/a"]);
  });

  test("that takes too long ends with what it waited for", async () => {
    const says = "The disruption budget web needs 2 healthy pods and has 2 currently";
    serve(fakeCluster([{ name: "w1" }], [{ name: "a", node: "w1", owner: rs, budget: { says, times: 1000 } }]));
    await expect(drained({ timeout: 4000 })).rejects.toMatchObject({
      exit: "phase",
      message: expect.stringMatching(/^draining w1: given up after 4 s: cannot evict default\/a yet: the disruption budget web needs 2/),
    });
  });

  test("without evictions deletes, and asks no budget", async () => {
    const { told } = serve(fakeCluster([{ name: "w1" }], [{ name: "a", node: "w1", owner: rs, budget: { says: "no", times: 1000 } }]));
    await drained({ disableEviction: true, gracePeriod: 3 });
    expect(told).toEqual(["delete a"]);
    expect(api.server.asked.find(({ method }) => method === "DELETE")?.path).toContain("gracePeriodSeconds=3");
  });

  test("does not wait for pods of which the kubelet is silent: they go with the node, and are named", async () => {
    const { told } = serve(fakeCluster([{ name: "w1", ready: "Unknown" }], [{ name: "a", node: "w1", owner: rs }]));
    expect(await drained()).toEqual({
      moved: [],
      reasons: [],
      warnings: ["the kubelet of w1 is silent, so its pods cannot end; they go with the node: default/a"],
    });
    expect(told).toEqual([]);
  });

  test("of a node that has gone is done", async () => {
    serve(fakeCluster([], []));
    expect(await drained()).toEqual({ moved: [], reasons: [], warnings: [] });
  });

  test("is refused for a pod that the scheduler put there meanwhile, and that the rules protect", async () => {
    serve(fakeCluster([{ name: "w1" }], [{ name: "lonely", node: "w1" }]));
    await expect(drained()).rejects.toMatchObject({ exit: "preflight", message: "w1 cannot be drained" });
  });

  test("ends where two budgets forbid for ever, and says what helps", async () => {
    const cluster = fakeCluster([{ name: "w1" }], [{ name: "a", node: "w1", owner: rs }]);
    api.server.handle((asked) => {
      if (asked.method !== "POST") return serveCluster(cluster)(asked);
      const text = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
      answer(asked, 500, status(500, "InternalError", text));
    });
    await expect(drained()).rejects.toMatchObject({ exit: "phase", details: { hint: expect.stringContaining("--disable-eviction") } });
  });
});

test("a node is cordoned once", async () => {
  const { told } = serve(fakeCluster([{ name: "w1" }], []));
  expect([await cordon(api.kube, "w1", signal), await cordon(api.kube, "w1", signal), await cordon(api.kube, "gone", signal)]).toEqual([
    true,
    false,
    false,
  ]);
  expect(told).toEqual(["cordon w1"]);
});
