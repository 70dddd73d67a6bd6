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

const file = ["-f", "c.yaml"] as const;
const deleteNode = (...flags: readonly string[]) => operator.start(["delete", "node", "h2", ...file, "--yes", ...flags]);
const ofHost = (name: string, found: Found): Found => found.filter((line) => line.startsWith(`${name} `));

test("a node with a pod that nobody would make anew is not taken away unless that is said, and nothing is changed", async () => {
  await startPodOn("h2");
  expect(await deleteNode().ended).toMatchObject({ code: 3, stderr: expect.stringContaining("(--force removes them): default/guest") });
  expect((await kubectl("get nodes --no-headers | grep -c ' Ready '")).trim()).toBe("2");
});

test("a node is taken out of the cluster and its host given back, though kbs is killed when the pods have gone", async () => {
  const run = deleteNode("--force", "-o", "json");
  let said = "";
  run.child.stdout?.on("data", (text: string) => (said += text));
  const isDrained = (): boolean =>
    eventsOf(said.slice(0, said.lastIndexOf("\n") + 1)).some(({ type, phase }) => type === "unit-ended" && phase === "drain-node");
  while (!isDrained() && run.child.exitCode === null) await sleep(20);
  run.child.kill("SIGKILL");
  expect((await run.ended).code).toBeNull();
  expect(await deleteNode("--force").ended).toMatchObject({ code: 0, stderr: expect.stringContaining("take it out of there") });
  expect((await kubectl("get nodes -o name")).trim()).toBe("node/h1");
  expect(sinceFound(ofHost("h2", before), ofHost("h2", await lookAll()))).toEqual([]);
  expect(await deleteNode().ended).toMatchObject({ code: 0, stderr: expect.stringContaining("there is nothing to delete") });
});

test("the host joins again by itself alone, and a second time there is nothing new", async () => {
  const add = [
    "add",
    "nodes",
    ...file,
    ...operator.create.filter((word, index, all) => word === "--bundle" || all[index - 1] === "--bundle"),
  ];
  const added = await operator.start([...add, "-o", "json"]).ended;
  expect(added).toMatchObject({ code: 0 });
  const touched = eventsOf(added.stdout).filter(
    ({ type, state, host, change }) => type === "change" && state === "changed" && host === "h1" && change?.startsWith("path:"),
  );
  expect(touched).toEqual([]);
  expect((await kubectl("get nodes --no-headers | grep -c ' Ready '")).trim()).toBe("2");
  expect(await operator.start(add).ended).toMatchObject({ code: 2, stderr: expect.stringContaining("is a node of") });
});

const reset = (...flags: readonly string[]) => operator.start(["reset", ...file, ...flags]).ended;

test("reset wants hosts by name, and says what is lost with the only control plane", async () => {
  expect(await reset("--yes")).toMatchObject({ code: 2, stderr: expect.stringContaining("kbs delete cluster -f c.yaml") });
  const unasked = await reset("--limit", "h1");
  expect(unasked).toMatchObject({ code: 2, stderr: expect.stringContaining("h2 is left without one") });
});

test("reset gives hosts back as they were, and what somebody has mounted below the kubelet's folder stays", async () => {
  const [, worker] = lab.hosts;
  await worker?.run("mkdir /srv/mine /var/lib/kubelet/mine && echo gold >/srv/mine/coin && mount --bind /srv/mine /var/lib/kubelet/mine");
  const worked = await reset("--limit", "h2", "--yes");
  expect(worked).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("left /var/lib/kubelet: /var/lib/kubelet/mine is mounted below it"),
  });
  expect(worked.stderr).toContain("kbs delete node h2 -f c.yaml");
  expect((await worker?.run("cat /var/lib/kubelet/mine/coin"))?.stdout).toBe("gold\n");
  await worker?.run("umount /var/lib/kubelet/mine && rm -r /var/lib/kubelet /srv/mine");
  expect(await reset("--limit", "h1", "--yes")).toMatchObject({ code: 0 });
  expect(sinceFound(before, await lookAll())).toEqual([]);
  expect(await reset("--limit", "h1,h2", "--yes")).toMatchObject({ code: 0, stderr: expect.stringContaining("there is nothing to reset") });
});
