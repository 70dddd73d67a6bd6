import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { Ajv } from "ajv";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { bringImage } from "../../scripts/demo/image.ts";
import { addressesOf, askByName, askNodePort, deploy, type Kubectl, kubectlWith, spread } from "../../scripts/demo/web.ts";
import { goBuild } from "../lab/go-build.ts";
import { type Lab, type LabHost, labBundle, startLab } from "../lab/index.ts";
import { until } from "../lab/process.ts";
import { openBrowser } from "../support/browser.ts";
import { eventsOf, type KbsEvent } from "../support/events.ts";
import { processesOf } from "../support/host-processes.ts";
import { type Ended, type Operator, operatorOf } from "../support/operator.ts";
import { faultsOf, textOf } from "../support/report-look.ts";

// One cluster of three bare hosts lives through this file, from its creation to its end; every test goes on where the one before it stopped.

let lab: Lab;
let operator: Operator;
let kubectl: Kubectl;
/** Events of the run that made the cluster. */
let firstRun: readonly KbsEvent[] = [];

const quiet = (): void => undefined;
const host = (name: string): LabHost => {
  const found = lab.hosts.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`the lab has no ${name}`);
  return found;
};
const eventsSchemaFile = join(import.meta.dirname, "../../schema/kbs-events.schema.json");
const configFile = (): string => join(operator.directory, "c.yaml");

interface ConfigHost {
  readonly name: string;
  readonly address: string;
  labels?: Record<string, string>;
}
interface Config {
  spec: { hosts: ConfigHost[]; kubernetes: Record<string, unknown> & { kubelet: Record<string, unknown> } };
}

const hostIn = ({ spec }: Config, name: string): ConfigHost => {
  const found = spec.hosts.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`the file has no ${name}`);
  return found;
};

/** Edits the configuration as a person would: in the file. */
const edit = async (change: (config: Config) => void): Promise<void> => {
  const config: Config = parse(await readFile(configFile(), "utf8"));
  change(config);
  await writeFile(configFile(), stringify(config));
};

/** Does something while the configuration is edited, which it is not afterwards. */
const whileEdited = async (change: (text: string) => string, work: () => Promise<void>): Promise<void> => {
  const before = await readFile(configFile(), "utf8");
  await writeFile(configFile(), change(before));
  try {
    await work();
  } finally {
    await writeFile(configFile(), before);
  }
};

/** A whole run, its events read from standard output. */
const create = async (...flags: readonly string[]): Promise<Ended & { readonly events: readonly KbsEvent[] }> => {
  const ended = await operator.start([...operator.create, "-o", "json", ...flags]).ended;
  return { ...ended, events: eventsOf(ended.stdout) };
};

const changesOf = (events: readonly KbsEvent[]): string[] =>
  events.flatMap((event) => (event.type === "change" && event.state === "changed" ? [`${event.host} ${event.change}`] : [])).toSorted();

/** Expects an end with code 0; else shows what the run said. */
const expectDone = ({ code, stderr, events }: Awaited<ReturnType<typeof create>>): void => {
  const troubles = events.filter(({ type, state }) => type === "error" || type === "host-failed" || state === "failed");
  expect({ code, stderr, troubles }).toMatchObject({ code: 0, troubles: [] });
};

const nodeStates = async (): Promise<Record<string, string>> => {
  const text = await kubectl([
    "get",
    "nodes",
    "-o",
    'jsonpath={range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}',
  ]);
  return Object.fromEntries(
    text
      .trim()
      .split("\n")
      .map((line) => line.split(" ")),
  );
};

beforeAll(async () => {
  lab = await startLab({ hosts: 3 });
  operator = await operatorOf(lab);
  const program = join(await goBuild("kubernetes-node", quiet), "kubectl");
  kubectl = kubectlWith(program, join(operator.directory, `${lab.name}.kubeconfig`));
});
afterAll(async () => {
  await operator?.leave();
  await lab?.stop();
});

test("three bare hosts become a cluster: nodes and DNS are ready, over at most 12 SSH channels a host", async () => {
  // The third host comes later.
  await edit((config) => config.spec.hosts.pop());
  const run = await create();
  expectDone(run);
  expect(await nodeStates()).toEqual({ h1: "True", h2: "True" });
  firstRun = run.events;
  const channels = run.events.flatMap((event) => (event.type === "connection" ? [[event.host, event.channels] as const] : []));
  expect(new Set(channels.map(([name]) => name))).toEqual(new Set(["h1", "h2"]));
  for (const [name, count] of channels) expect(count, `channels to ${name}`).toBeLessThanOrEqual(12);
});

test("the events of a real run are as their published schema says, and Chromium shows their report as it should be", async () => {
  const file = join(operator.directory, "report.html");
  const { code, stderr } = await operator.start(["report", "--out", file]).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(firstRun.length).toBeGreaterThan(200);
  const validate = new Ajv({ allErrors: true }).compile(JSON.parse(await readFile(eventsSchemaFile, "utf8")));
  expect(firstRun.filter((event) => !validate(event))).toEqual([]);
  const browser = await openBrowser();
  try {
    expect(await faultsOf(browser.page, file)).toEqual([]);
    const text = await textOf(browser.page);
    for (const told of [
      /Hosts done ?2 of 2/,
      /h2 ?worker · \d+ changes/,
      /its content to arrive/,
      /sha256:[0-9a-f]{64}/,
      /kubectl get nodes/,
      /Debian/,
    ])
      expect(text).toMatch(told);
  } finally {
    await browser.close();
  }
});

test("the kubeconfig works from the operator's machine, and nobody else can read it", async () => {
  expect(await kubectl(["auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"])).toBe("kubernetes-admin");
  const { code, stdout } = await operator.start(["kubeconfig", "-f", "c.yaml"]).ended;
  expect({ code, server: /server: (.*)/.exec(stdout)?.[1] }).toEqual({ code: 0, server: `https://${host("h1").address}:6443` });
});

/** What of the cluster's objects must not move when nothing is to be done: resource versions, and of nodes what kbs has a say in. */
const objectsNow = async (): Promise<Record<string, string>> => {
  const kinds =
    "configmaps,secrets,serviceaccounts,services,deployments.apps,daemonsets.apps,clusterroles,clusterrolebindings,roles,rolebindings,namespaces";
  const versions = await kubectl([
    "get",
    kinds,
    "-A",
    "-o",
    'jsonpath={range .items[*]}{.kind}/{.metadata.namespace}/{.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}',
  ]);
  const nodes = await kubectl([
    "get",
    "nodes",
    "-o",
    'jsonpath={range .items[*]}Node/{.metadata.name} {.metadata.labels}{.spec.taints}{.metadata.annotations.kbs\\.dev/taints}{"\\n"}{end}',
  ]);
  const lines = `${versions}${nodes}`.trim().split("\n");
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]));
};

/** Controllers go on for a moment when all is ready: what they still do is not the next run's. */
const objectsAtRest = async (): Promise<Record<string, string>> => {
  let objects = await objectsNow();
  await until(async () => {
    await sleep(2000);
    const before = objects;
    objects = await objectsNow();
    return isDeepStrictEqual(before, objects);
  }, 60_000);
  return objects;
};

/** The long-lived processes of all hosts by pid, with their start: a restarted one has another pid. */
const daemons = async (): Promise<string[]> => {
  const watched = [
    "containerd",
    "kubelet",
    "etcd",
    "kube-apiserver",
    "kube-controller",
    "kube-scheduler",
    "kube-proxy",
    "flanneld",
    "coredns",
  ];
  const all = await Promise.all(
    lab.hosts.map(async (labHost) => (await processesOf(labHost)).map((process) => ({ ...process, at: labHost.name }))),
  );
  return all
    .flat()
    .filter(({ name }) => watched.some((watch) => name.startsWith(watch) && !name.startsWith("containerd-shim")))
    .map(({ at, name, pid }) => `${at} ${name} ${pid}`)
    .toSorted();
};

test("run again at once: 0 changes, no restart, and no object that kbs applied has moved", async () => {
  const [objects, processes] = [await objectsAtRest(), await daemons()];
  expect(processes.length).toBeGreaterThan(10);
  const run = await create();
  expectDone(run);
  expect(changesOf(run.events)).toEqual([]);
  expect(await daemons()).toEqual(processes);
  expect(await objectsNow()).toEqual(objects);
  const { stderr } = await operator.start(operator.create).ended;
  expect(stderr).toContain("0 changes: everything is as the file says");
});

test("an edited file, a stopped unit and a removed label are exactly the three changes of the next run", async () => {
  await edit((config) => (hostIn(config, "h2").labels = { disk: "ssd" }));
  expectDone(await create());
  expect((await host("h2").run("echo changed >>/etc/sysctl.d/99-kbs.conf")).code).toBe(0);
  expect((await host("h2").run("systemctl stop kubelet")).code).toBe(0);
  await kubectl(["label", "node", "h2", "disk-"]);
  const run = await create();
  expectDone(run);
  expect(changesOf(run.events)).toEqual([
    expect.stringMatching(/^h2 labels of node h2/),
    "h2 path:/etc/sysctl.d/99-kbs.conf",
    "h2 service:kubelet.service",
  ]);
  expect(await kubectl(["get", "node", "h2", "-o", "jsonpath={.metadata.labels.disk}"])).toBe("ssd");
});

test("a new host joins, a changed label and flags are applied, and nothing else", async () => {
  await edit((config) => {
    const [h2, { kubernetes }] = [hostIn(config, "h2"), config.spec];
    config.spec.hosts.push({ ...h2, name: "h3", address: host("h3").address, labels: {} });
    h2.labels = { disk: "hdd" };
    kubernetes.kubelet = { ...kubernetes.kubelet, maxPods: 77 };
    kubernetes["apiServer"] = { extraArgs: { "max-requests-inflight": "399" } };
  });
  const run = await create();
  expectDone(run);
  expect(await nodeStates()).toEqual({ h1: "True", h2: "True", h3: "True" });
  expect(await kubectl(["get", "node", "h2", "-o", "jsonpath={.metadata.labels.disk} {.status.allocatable.pods}"])).toBe("hdd 77");
  expect(await kubectl(["get", "pod", "-n", "kube-system", "kube-apiserver-h1", "-o", "jsonpath={.spec.containers[0].command}"])).toContain(
    "--max-requests-inflight=399",
  );
  const unchanged = changesOf(run.events).filter((change) =>
    /^h[12] (path:\/usr|path:\/etc\/kubernetes\/pki|service:containerd|images)/.test(change),
  );
  expect(unchanged).toEqual([]);
});

test("four replicas of an application spread over the nodes, answer by name from a pod and by NodePort on every address", async () => {
  await bringImage(lab, await labBundle(), quiet);
  await deploy(kubectl);
  const nodes = await spread(kubectl);
  expect([...nodes.values()].reduce((sum, pods) => sum + pods, 0)).toBe(4);
  expect(nodes.size).toBeGreaterThanOrEqual(2);
  const { asker, answerer } = await askByName(kubectl);
  expect(asker).toMatch(/^web-/);
  expect(answerer).toMatch(/^web-/);
  for (const address of addressesOf(lab)) expect(await askNodePort(address)).toMatch(/^web-/);
});

test("kubectl logs, exec, scale, a rolling update and its undo work", async () => {
  expect(await kubectl(["logs", "deployment/web", "--tail=5"])).not.toBe("");
  expect(await kubectl(["exec", "deployment/web", "--", "hostname"])).toMatch(/^web-/);
  await kubectl(["scale", "deployment/web", "--replicas=2"]);
  await kubectl(["rollout", "status", "deployment/web", "--timeout=120s"]);
  await expect.poll(() => kubectl(["get", "deployment", "web", "-o", "jsonpath={.status.readyReplicas}"]), { timeout: 60_000 }).toBe("2");
  await kubectl(["set", "env", "deployment/web", "ROUND=2"]);
  await kubectl(["rollout", "status", "deployment/web", "--timeout=120s"]);
  await kubectl(["rollout", "undo", "deployment/web"]);
  await kubectl(["rollout", "status", "deployment/web", "--timeout=120s"]);
  expect(await kubectl(["get", "deployment", "web", "-o", "jsonpath={.spec.template.spec.containers[0].env}"])).toBe("");
});

test("status reads it all back", async () => {
  const { code, stdout } = await operator.start(["status", "-f", "c.yaml", "-o", "json"]).ended;
  const status: {
    hosts: { name: string }[];
    nodes: { name: string; ready: boolean }[];
    certificates: { name: string; daysLeft: number }[];
  } = JSON.parse(stdout);
  expect(code).toBe(0);
  expect(status.nodes.map(({ name, ready }) => [name, ready])).toEqual([
    ["h1", true],
    ["h2", true],
    ["h3", true],
  ]);
  expect(status.certificates.find(({ name }) => name === "apiserver")?.daysLeft).toBeGreaterThan(360);
});

const withoutLast = (text: string): string => {
  const config: Config = parse(text);
  config.spec.hosts.pop();
  return stringify(config);
};

test("a host that is missing from the file stays, and is named", async () => {
  await whileEdited(withoutLast, async () => {
    const run = await create();
    expectDone(run);
    expect(run.events.flatMap((event) => (event.type === "warning" ? [event.text] : [])).join("\n")).toMatch(/not in the file.*h3/);
    expect(await nodeStates()).toMatchObject({ h3: "True" });
  });
});

const moved = (text: string): string => text.replace("  kubernetes:\n", "  kubernetes:\n    podSubnet: 10.200.0.0/16\n");

test("a changed subnet is refused with where and why, before anything is changed", async () => {
  await whileEdited(moved, async () => {
    const { code, stderr } = await operator.start(operator.create).ended;
    expect(stderr).toContain("podSubnet is 10.200.0.0/16, but the cluster was made with 10.244.0.0/16");
    expect(code).toBe(2);
  });
});

test("hosts that belong to another cluster are refused by name", async () => {
  await whileEdited(
    (text) => text.replace(`name: ${lab.name}\n`, "name: other\n"),
    async () => {
      const { code, stderr } = await operator.start(operator.create).ended;
      expect(stderr).toMatch(new RegExp(`belongs? to[\\s\\S]*${lab.name}`));
      expect(code).toBe(3);
    },
  );
});

const isRefused = ({ code, stderr }: Ended): boolean => code === 6 && /held by another run[\s\S]*pid \d+/.test(stderr);

test("a second operator is turned away while the first one works, and told whose run it is", async () => {
  await edit((config) => (hostIn(config, "h2").labels = { disk: "nvme" }));
  const runs = await Promise.all([operator.start(operator.create).ended, operator.start(operator.create).ended]);
  // Both go through where the first has ended before the second one asked.
  expect(runs.filter((run) => run.code !== 0 && !isRefused(run))).toEqual([]);
  expect(runs.map(({ code }) => code)).toContain(0);
  expect(await kubectl(["get", "node", "h2", "-o", "jsonpath={.metadata.labels.disk}"])).toBe("nvme");
});

test("all hosts rebooted: ready again without kbs, and the application answers", async () => {
  const bootsBefore = await Promise.all(lab.hosts.map(async (labHost) => (await labHost.run("stat -c %Y /proc/1")).stdout));
  await Promise.all(lab.hosts.map((labHost) => labHost.reboot()));
  expect(await Promise.all(lab.hosts.map(async (labHost) => (await labHost.run("stat -c %Y /proc/1")).stdout))).not.toEqual(bootsBefore);
  await expect
    .poll(() => nodeStates().catch(() => ({})), { timeout: 240_000, interval: 2000 })
    .toEqual({ h1: "True", h2: "True", h3: "True" });
  await kubectl(["rollout", "status", "deployment/web", "--timeout=240s"]);
  for (const address of addressesOf(lab)) expect(await askNodePort(address, 120_000)).toMatch(/^web-/);
  expect((await askByName(kubectl, 120_000)).answerer).toMatch(/^web-/);
});
