import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, type LabHost, startLab } from "../lab/index.ts";
import { eventsOf } from "../support/events.ts";
import { processesOf } from "../support/host-processes.ts";
import { type Operator, operatorOf } from "../support/operator.ts";

// A control plane and a worker become a cluster and are given back, more than once.

let lab: Lab;
let operator: Operator;
let asFound: Found;

/** What a host is, as far as a cluster could have changed it: a line for each thing. */
type Found = readonly string[];

// What the system itself writes while it runs is left out, and /run/kbs, where the last message's own lock is.
const filesScript = `find /etc /opt /usr /srv /home /root /var/lib /var/log -xdev \\( -path /var/lib/systemd -o -path /var/log/journal \\) -prune -o \\
  -printf '%p %y %m %U:%G %l\\n' -type f -exec sha256sum {} \\;`;

const systemScript = `
ip -o link | sed -E 's/^[0-9]+: ([^:@]+).*/link \\1/'
ip -o route show table all | grep -v ' dev host0 ' | sed 's/^/route /'
for save in iptables-save ip6tables-save; do $save 2>/dev/null | grep -E '^-A|^:[A-Z]+-' | sed "s/^/$save /"; done
nft list tables | grep -vE ' (filter|nat|mangle|raw|security)$'
cut -d' ' -f2,3 /proc/mounts | grep -v '^/run/user/' | sed 's/^/mount /'
find /run -mindepth 1 -maxdepth 1 ! -name kbs ! -name user ! -name xtables.lock ! -name nologin ! -name 'lab-*' | sed 's/^/run /'
systemctl list-units --all --plain --no-legend 'kube*' 'containerd*' 'cri-*' | sed 's/^/unit /'
systemctl --failed --plain --no-legend | sed 's/^/failed /'
find /sys/fs/cgroup -maxdepth 3 -name '*kubepods*' | sed 's/^/group /'
hostname; cat /proc/sys/net/ipv4/ip_forward; sed 1d /proc/swaps; ipset list -n`;

// Log-ins come and go with those who look, and timedated leaves by itself.
const passing = /^(sshd|ssh|sh|bash|\(sd-pam\)|systemd|sleep|find|sha256sum|systemd-timedat)$/;

const look = async (host: LabHost): Promise<Found> => {
  // What runs on a live host comes and goes while it is looked at.
  const { stdout } = await host.run(`{ ${filesScript}\n${systemScript}\n} 2>/dev/null`, { timeout: 180_000 });
  const processes = (await processesOf(host)).map(({ name }) => name).filter((name) => !passing.test(name));
  return [...stdout.trim().split("\n"), ...processes.map((name) => `process ${name}`)].map((line) => `${host.name} ${line}`).toSorted();
};

const lookAll = async (): Promise<Found> => (await Promise.all(lab.hosts.map(look))).flat();

/** What is there now and was not, and what was there and is not. */
const differences = (before: Found, after: Found): string[] => {
  const [was, is] = [new Set(before), new Set(after)];
  return [
    ...after.filter((line) => !was.has(line)).map((line) => `+ ${line}`),
    ...before.filter((line) => !is.has(line)).map((line) => `- ${line}`),
  ];
};

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
  asFound = await lookAll();
});
afterAll(async () => {
  await operator?.leave();
  await lab?.stop();
});

test("delete cluster asks first: without a word from somebody nothing is deleted", async () => {
  expect(await operator.start(operator.create).ended).toMatchObject({ code: 0 });
  await startPodOn("h2");
  const asCluster = differences(asFound, await lookAll());
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
  expect(differences(asFound, await lookAll())).toEqual([]);
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
  expect(differences(asFound, await lookAll())).not.toEqual([]);
  expect(await remove("--yes")).toMatchObject({ code: 0 });
  expect(differences(asFound, await lookAll())).toEqual([]);
});

test("a create after all that works as the first one did", async () => {
  expect(await operator.start(operator.create).ended).toMatchObject({ code: 0 });
});
