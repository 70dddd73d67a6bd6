import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, startLab } from "../lab/index.ts";
import { type Operator, operatorOf } from "../support/operator.ts";
import { type Config, changed, expectDone, type PlanBench, planBench } from "../support/plan-bench.ts";

// Three control planes and a worker that reaches them by a proxy of its own.

let lab: Lab;
let operator: Operator;
let bench: PlanBench;

beforeAll(async () => {
  lab = await startLab({ hosts: 4 });
  const controlPlane = ["control-plane"] as const;
  operator = await operatorOf(lab, {
    roles: [controlPlane, controlPlane, controlPlane, ["worker"]],
    spec: { loadBalancer: "haproxy" },
  });
  bench = planBench(lab, operator);
  expectDone(await bench.apply(...bench.fleet));
});
afterAll(async () => {
  await operator?.leave();
  await lab?.stop();
});

const on = async (name: string, script: string): Promise<string> => {
  const { code, stdout, stderr } = await bench.host(name).run(script, { timeout: 120_000 });
  return code === 0 ? stdout : expect.fail(`on ${name}: ${stderr}`);
};

interface Connection {
  readonly from: string;
  readonly to: string;
  readonly process: string;
}

/** What of the worker is connected to an API server's port. */
const connections = async (): Promise<readonly Connection[]> => {
  const table = await on("h4", "ss -Htnp state established '( dport = :6443 )'");
  return table
    .trim()
    .split("\n")
    .map((line) => {
      const [, , from = "", to = "", users = ""] = line.trim().split(/\s+/);
      return { from, to: to.replace(/:6443$/, ""), process: /"([^"]+)"/.exec(users)?.[1] ?? "" };
    });
};
const isProxy = ({ process }: Connection): boolean => process === "haproxy";
const clients = async (): Promise<readonly Connection[]> => (await connections()).filter((each) => !isProxy(each));
const proxied = async (): Promise<readonly string[]> => [...new Set((await connections()).filter(isProxy).map(({ to }) => to))];
const address = (name: string): string => bench.host(name).address;

test("all that a worker runs speaks to its own proxy, and the proxy alone to control planes", async () => {
  const spoken = async (): Promise<readonly string[]> => [...new Set((await clients()).map(({ process }) => process))].toSorted();
  await expect.poll(spoken, { timeout: 60_000, interval: 1000 }).toEqual(["flanneld", "kube-proxy", "kubelet"]);
  expect(new Set((await clients()).map(({ to }) => to))).toEqual(new Set(["127.0.0.1"]));
  const controlPlanes = ["h1", "h2", "h3"].map(address);
  for (const to of await proxied()) expect(controlPlanes).toContain(to);
  expect(await on("h4", "grep lb. /etc/hosts")).toBe(`127.0.0.1 lb.${lab.name}.cluster.local\n`);
  expect(await on("h2", "grep lb. /etc/hosts")).toBe(`${address("h2")} lb.${lab.name}.cluster.local\n`);
});

test("the operator's kubeconfig works from outside, and a second apply changes nothing", async () => {
  const { code, stdout } = await bench.kbs("kubeconfig", "-f", "c.yaml");
  expect(code).toBe(0);
  expect(stdout).toContain(`server: https://${address("h1")}:6443`);
  const { events, ...run } = await bench.apply(...bench.fleet);
  expectDone({ ...run, events });
  expect(changed(events)).toEqual([]);
});

test("a further user's kubeconfig is one that the API knows by name and groups", async () => {
  const { code, stdout } = await bench.kbs("kubeconfig", "user", "jane", "--org", "developers", "--org", "auditors", "-f", "c.yaml");
  expect(code).toBe(0);
  await on("h2", `umask 077; cat >jane.conf <<'E'\n${stdout}E`);
  const who = JSON.parse(await on("h2", "kubectl --kubeconfig=jane.conf auth whoami -o json"));
  expect(who.status.userInfo).toMatchObject({ username: "jane", groups: ["auditors", "developers", "system:authenticated"] });
});

const workerOfProxy = async (): Promise<string> => (await on("h4", "pgrep -n -x haproxy")).trim();

test("a list that was written and not loaded is loaded by the next run", async () => {
  const before = await workerOfProxy();
  await on("h4", "sed -i '/server h3 /d' /etc/kubernetes/haproxy/haproxy.cfg; rm /var/lib/kbs/loaded/haproxy");
  const run = await bench.apply(...bench.fleet);
  expectDone(run);
  expect(changed(run.events)).toEqual(["h4 path:/etc/kubernetes/haproxy/haproxy.cfg"]);
  expect(await workerOfProxy()).not.toBe(before);
  expect((await bench.plan("--detailed-exitcode")).code).toBe(0);
});

test("a control plane that leaves the file leaves the proxies' list, and comes back with it", async () => {
  let left: Config["spec"]["hosts"] = [];
  await bench.edit(({ spec: { hosts } }) => void (left = hosts.splice(2, 1)));
  const without = await bench.apply(...bench.fleet);
  expectDone(without);
  expect(await on("h4", "grep -c 'server h3 ' /etc/kubernetes/haproxy/haproxy.cfg || true")).toBe("0\n");
  await expect.poll(proxied, { timeout: 60_000, interval: 1000 }).not.toContain(address("h3"));
  await bench.edit(({ spec: { hosts } }) => void hosts.splice(2, 0, ...left));
  expectDone(await bench.apply(...bench.fleet));
  expect(await on("h4", "grep -c 'server h3 ' /etc/kubernetes/haproxy/haproxy.cfg")).toBe("2\n");
});
