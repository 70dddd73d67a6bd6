import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import type { PlanJson } from "../../src/engine/plan/json.ts";
import { type Lab, type LabHost, startLab } from "../lab/index.ts";
import { eventsOf, type KbsEvent } from "../support/events.ts";
import { hostTree } from "../support/host-tree.ts";
import { type Ended, type Operator, operatorOf } from "../support/operator.ts";

// A control plane and a worker, from bare machines on; every test goes on where the one before it stopped.

let lab: Lab;
let operator: Operator;

const host = (name: string): LabHost => lab.hosts.find((candidate) => candidate.name === name) ?? expect.fail(`no ${name}`);

beforeAll(async () => {
  lab = await startLab({ hosts: 2 });
  operator = await operatorOf(lab);
  await edit(({ spec }) => {
    const [, h2] = spec.hosts;
    if (h2) h2.labels = { disk: "ssd", tier: "front" };
  });
});
afterAll(async () => {
  await operator?.leave();
  await lab?.stop();
});

interface Config {
  spec: { hosts: { labels?: Record<string, string> }[]; kubernetes: Record<string, unknown> & { kubelet: Record<string, unknown> } };
}

const edit = async (change: (config: Config) => void): Promise<void> => {
  const file = join(operator.directory, "c.yaml");
  const config: Config = parse(await readFile(file, "utf8"));
  change(config);
  await writeFile(file, stringify(config));
};

const fleet = (): readonly string[] => operator.create.slice(2).filter((word) => word !== "--yes");

const kbs = async (...words: readonly string[]): Promise<Ended> => await operator.start(words).ended;

const plan = async (...words: readonly string[]): Promise<Ended & { readonly json: PlanJson }> => {
  const ended = await kbs("plan", ...fleet(), "-o", "json", ...words);
  if (ended.stdout === "") expect.fail(ended.stderr);
  return { ...ended, json: JSON.parse(ended.stdout) };
};

const apply = async (...words: readonly string[]): Promise<Ended & { readonly events: readonly KbsEvent[] }> => {
  const ended = await kbs("apply", ...words, "-o", "json");
  return { ...ended, events: eventsOf(ended.stdout) };
};

const expectDone = ({ code, stderr, events }: Awaited<ReturnType<typeof apply>>): void => {
  const troubles = events.filter(({ type, state }) => type === "error" || type === "host-failed" || state === "failed");
  expect({ code, stderr, troubles }).toMatchObject({ code: 0, troubles: [] });
};

/** What an act says of its change begins with what it is called. */
const called = (change: string): string =>
  change
    .replace(/ \(.*\)$/, "")
    .replace(/^bootstrap token .*/, "bootstrap token")
    .replace(/kubelet-client-[-\d]+/, "kubelet-client-TIME");

const planned = ({ units }: PlanJson): string[] =>
  units.flatMap((unit) => unit.changes.map(({ change }) => `${unit.host} ${called(change)}`)).toSorted();

const changed = (events: readonly KbsEvent[]): string[] =>
  [
    ...new Set(
      events.flatMap((event) =>
        event.type === "change" && event.state === "changed" ? [`${event.host} ${called(event.change ?? "")}`] : [],
      ),
    ),
  ].toSorted();

const restarts = ({ hosts }: PlanJson): string[] =>
  hosts.flatMap(({ host: name, restarts: all }) => all.flatMap(({ what, running }) => (running ? [`${name} ${what}`] : []))).toSorted();

const trees = (): string[] => lab.hosts.flatMap(hostTree);

const kubectl = async (line: string): Promise<string> => {
  const { code, stdout, stderr } = await host("h1").run(
    `kubectl --cache-dir=/tmp/kubectl --kubeconfig=/etc/kubernetes/admin.conf ${line}`,
    { timeout: 120_000 },
  );
  if (code !== 0) expect.fail(`kubectl ${line}: ${stderr}`);
  return stdout;
};

/** Resource versions of all objects, except those that change by themselves: Leases, Events, and of Nodes their status. */
const versions = async (): Promise<string[]> => {
  const kinds = (await kubectl("api-resources --verbs=list -o name"))
    .split("\n")
    .filter((kind) => kind !== "" && !/^(events|leases|nodes|componentstatuses)(\.|$)/.test(kind));
  const objects = await kubectl(
    `get -A ${kinds.join()} -o 'jsonpath={range .items[*]}{.kind}/{.metadata.namespace}/{.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}'`,
  );
  const nodes = await kubectl(
    `get nodes -o 'jsonpath={range .items[*]}{.metadata.name} {.metadata.labels} {.metadata.annotations} {.spec}{"\\n"}{end}'`,
  );
  return `${objects}${nodes}`.split("\n").toSorted();
};

/** A cluster that was just changed goes on moving for a while. */
const atRest = async (): Promise<string[]> => {
  let last = await versions();
  await expect
    .poll(
      async () => {
        const before = last;
        last = await versions();
        return JSON.stringify(last) === JSON.stringify(before);
      },
      { timeout: 90_000, interval: 2000 },
    )
    .toBe(true);
  return last;
};

const savedAt = (name: string): string => join(operator.directory, name);

test("a plan for bare hosts says what a create would do, and touches nothing", async () => {
  const before = trees();
  const { code, json, stderr } = await plan("--detailed-exitcode", "--out", savedAt("fresh.kbs"));
  expect({ code, stderr }).toEqual({ code: 10, stderr: "" });
  expect(trees()).toEqual(before);
  expect(json.isNew).toBe(true);
  expect(planned(json)).toEqual(
    expect.arrayContaining(
      ["h1 path:/etc/kubernetes/manifests/etcd.yaml", "h2 service:kubelet.service", "h1 labels of node h2"].slice(0, 2),
    ),
  );
  for (const { bytes } of json.hosts) expect(bytes).toBeGreaterThan(10_000_000);
  expect(restarts(json)).toEqual([]);
  expect((await stat(savedAt("fresh.kbs"))).mode & 0o777).toBe(0o600);
});

test("a saved plan is applied: it makes the cluster, and what it has said is what is changed", async () => {
  const saved: { plan: PlanJson } = JSON.parse(await readFile(savedAt("fresh.kbs"), "utf8"));
  const run = await apply(savedAt("fresh.kbs"), "--yes");
  expectDone(run);
  // What nobody can foresee before there is an API, and what the controller manager would make by itself.
  const foreseeable = (change: string): boolean => !/ (ServiceAccount|labels of|taints of|Secret|object:)/.test(change);
  expect(changed(run.events).filter(foreseeable)).toEqual(planned(saved.plan).filter(foreseeable));
  const again = await apply(savedAt("fresh.kbs"), "--yes");
  expect(again.code).toBe(2);
  expect(again.stderr + again.stdout).toContain("h2 has joined meanwhile");
});

test("a plan for a finished cluster finds nothing, by a look that moves neither file nor object", async () => {
  const objects = await atRest();
  const before = trees();
  const { code, json, stderr } = await plan("--detailed-exitcode");
  expect({ code, stderr, changes: planned(json), waits: json.waits, pending: json.pending }).toEqual({
    code: 0,
    stderr: "",
    changes: [],
    waits: [],
    pending: false,
  });
  expect(trees()).toEqual(before);
  expect(await versions()).toEqual(objects);
  const { code: done, events } = await apply(...fleet());
  expect([done, changed(events), trees()]).toEqual([0, [], before]);
});

test("a manifest edited, a sysctl changed and a label removed are precisely what a plan tells and an apply mends", async () => {
  const manifest = "/etc/kubernetes/manifests/kube-scheduler.yaml";
  expect(
    (await host("h1").run(`sed -i 's/^    - --leader-elect=true$/&\\n    - --v=3/' ${manifest} && grep -- --v=3 ${manifest}`)).code,
  ).toBe(0);
  expect((await host("h2").run("echo 0 >/proc/sys/net/ipv4/ip_forward")).code).toBe(0);
  await kubectl("label node h2 disk-");
  const three = ["h1 path:/etc/kubernetes/manifests/kube-scheduler.yaml", "h2 labels of node h2", "h2 sysctl:net.ipv4.ip_forward"];
  const { json } = await plan("--out", savedAt("stale.kbs"));
  expect([planned(json), restarts(json), json.rolling]).toEqual([three, ["h1 static pod kube-scheduler"], [["h1"]]]);
  const { stdout } = await kbs("plan", ...fleet());
  expect(stdout).toMatch(/^ +-    - --v=3$/m);
  expect(stdout).toMatch(/sysctl net\.ipv4\.ip_forward  is 0, not 1/);
  expect(stdout).toMatch(/metadata\.labels\.disk: .*ssd/);
  const run = await apply(...fleet(), "--yes");
  expectDone(run);
  expect(changed(run.events)).toEqual(three);
  expect((await plan("--detailed-exitcode")).code).toBe(0);
});

test("a plan that was saved before is refused with the facts that have changed, and changes nothing", async () => {
  const before = trees();
  const { code, stderr } = await kbs("apply", savedAt("stale.kbs"), "--yes");
  expect(code).toBe(2);
  expect(stderr).toMatch(/h1: \/etc\/kubernetes\/manifests\/kube-scheduler\.yaml has changed since the plan was made/);
  expect(stderr).toMatch(/h2: sysctl net\.ipv4\.ip_forward has changed since the plan was made \(it was: is 0, not 1; it is: as wished\)/);
  expect(trees()).toEqual(before);
});

test("flags, a kubelet's setting, a certificate's name and a label that is gone are applied to one member after another", async () => {
  await edit(({ spec }) => {
    const [, h2] = spec.hosts;
    if (h2) h2.labels = { disk: "ssd" };
    spec.kubernetes.kubelet = { ...spec.kubernetes.kubelet, maxPods: 77 };
    spec.kubernetes["apiServer"] = { extraArgs: { "max-requests-inflight": "399" }, certSANs: ["api.example.com"] };
  });
  const { json } = await plan("--out", savedAt("change.kbs"));
  expect(json.rolling).toEqual([["h1"], ["h2"]]);
  expect(restarts(json)).toEqual(["h1 kubelet.service", "h1 static pod kube-apiserver", "h2 kubelet.service"]);
  const run = await apply(savedAt("change.kbs"), "--yes");
  expectDone(run);
  expect(changed(run.events)).toEqual(planned(json));
  const restarted = run.events.flatMap(({ change, state, host: name }) =>
    change === "service:kubelet.service" && state === "changed" ? [name] : [],
  );
  expect(restarted).toEqual(["h1", "h2"]);
  expect(await kubectl("get node h2 -o 'jsonpath={.status.allocatable.pods} {.metadata.labels.disk} {.metadata.labels.tier}'")).toBe(
    "77 ssd ",
  );
  expect(await kubectl("get pod -n kube-system kube-apiserver-h1 -o 'jsonpath={.spec.containers[0].command}'")).toContain(
    "--max-requests-inflight=399",
  );
  expect((await host("h1").run("openssl x509 -in /etc/kubernetes/pki/apiserver.crt -noout -ext subjectAltName")).stdout).toContain(
    "DNS:api.example.com",
  );
  const again = await apply(...fleet(), "--yes");
  expectDone(again);
  expect(changed(again.events)).toEqual([]);
});
