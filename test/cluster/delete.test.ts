import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, startLab } from "../lab/index.ts";
import { asFound, type Found, sinceFound } from "../support/as-found.ts";
import { eventsOf } from "../support/events.ts";
import { type Operator, operatorOf } from "../support/operator.ts";

// A control plane and a worker become a cluster and are given back, more than once.

let lab: Lab;
let operator: Operator;
let before: Found;

const lookAll = (): Promise<Found> => asFound(lab.hosts);

/** Runs a line of shell that begins with kubectl's words on the control plane. */
const kubectl = async (line: string): Promise<string> => {
  const { code, stdout, stderr } =
    (await lab.hosts[0]?.run(`kubectl --cache-dir=/tmp/kubectl --kubeconfig=/etc/kubernetes/admin.conf ${line}`, { timeout: 120_000 })) ??
    {};
  expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: "" });
  return stdout ?? "";
};

/** A pod with a network of its own and a volume, so that there is more to take away than kbs has brought. */
const startPodOn = async (nodeName: string): Promise<void> => {
  const image = (await lab.hosts[1]?.run("ctr -n k8s.io images ls -q | grep -m1 pause:"))?.stdout.trim();
  const overrides = JSON.stringify({ spec: { nodeName } });
  await kubectl(`run guest --image=${image} --image-pull-policy=Never --overrides='${overrides}'`);
  await kubectl("wait pod guest --for=condition=Ready --timeout=90s");
};

const remove = (...flags: readonly string[]) => operator.start(["delete", "cluster", "-f", "c.yaml", ...flags]).ended;

beforeAll(async () => {
  lab = await startLab({ hosts: 2 });
  operator = await operatorOf(lab);
  before = await lookAll();
});
afterAll(async () => {
  await operator?.leave();
  await lab?.stop();
});

test("delete cluster asks first: without a word from somebody nothing is deleted", async () => {
  expect(await operator.start(operator.create).ended).toMatchObject({ code: 0 });
  await startPodOn("h2");
  const asCluster = sinceFound(before, await lookAll());
  const traces = [
    "/etc/kubernetes/",
    "process kubelet",
    "link cni0",
    "iptables-save -A KUBE",
    "mount /var/lib/kubelet/pods",
    "unit kubelet",
  ];
  expect(traces.filter((trace) => !asCluster.some((line) => line.startsWith(`+ h2 ${trace}`)))).toEqual([]);
  const unasked = await remove();
  expect(unasked).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes") });
  expect((await kubectl("get nodes --no-headers | grep -c ' Ready'")).trim()).toBe("2");
});

test("hosts are as they were found, control plane and worker: files, processes, links, rules, mounts", async () => {
  expect(await remove("--yes")).toMatchObject({ code: 0 });
  expect(sinceFound(before, await lookAll())).toEqual([]);
});

test("what is no cluster is nothing to delete", async () => {
  expect(await remove("--yes")).toMatchObject({ code: 0, stderr: expect.stringContaining("there is nothing to delete") });
});

test("a cluster that was killed while it was being made is taken away as well", async () => {
  const run = operator.start([...operator.create, "-o", "json"]);
  let said = "";
  run.child.stdout?.on("data", (text: string) => (said += text));
  // The worker's containerd runs and the control plane has its keys: the middle of it all.
  const isHalfDone = (): boolean =>
    eventsOf(said.slice(0, said.lastIndexOf("\n") + 1)).some(({ type, phase }) => type === "unit-ended" && phase === "write-certificates");
  while (!isHalfDone() && run.child.exitCode === null) await sleep(50);
  run.child.kill("SIGKILL");
  expect((await run.ended).code).toBeNull();
  expect(sinceFound(before, await lookAll())).not.toEqual([]);
  expect(await remove("--yes")).toMatchObject({ code: 0 });
  expect(sinceFound(before, await lookAll())).toEqual([]);
});

test("a create after all that works as the first one did", async () => {
  expect(await operator.start(operator.create).ended).toMatchObject({ code: 0 });
});
