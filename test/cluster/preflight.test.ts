import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { kubectlWith } from "../../scripts/demo/web.ts";
import { goBuild } from "../lab/go-build.ts";
import { type Lab, type LabHost, startLab } from "../lab/index.ts";
import { eventsOf } from "../support/events.ts";
import { type Operator, operatorOf } from "../support/operator.ts";

// h1 and h2 are fit. h3 is switched off, h4 shows another key than the one that is known, h5's disk is full, on h6 the kubelet's port is taken.

let lab: Lab;
let operator: Operator;

const host = (name: string): LabHost => {
  const found = lab.hosts.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`the lab has no ${name}`);
  return found;
};

const must = async (name: string, script: string): Promise<string> => {
  const { code, stdout, stderr } = await host(name).run(script, { timeout: 60_000 });
  expect({ name, script, code, stderr }).toMatchObject({ code: 0 });
  return stdout;
};

/** A known_hosts that has h5's key for h4. */
const confuseKeys = async (): Promise<void> => {
  const file = join(operator.directory, ".ssh/known_hosts");
  const lines = (await readFile(file, "utf8")).split("\n");
  const keyOf = (name: string): readonly string[] =>
    (lines.find((line) => line.startsWith(`${host(name).address} `)) ?? "").split(" ").slice(1);
  expect(keyOf("h5")).toHaveLength(2);
  const confused = lines.map((line) => (line.startsWith(`${host("h4").address} `) ? [host("h4").address, ...keyOf("h5")].join(" ") : line));
  await writeFile(file, confused.join("\n"));
};

beforeAll(async () => {
  lab = await startLab({ hosts: 6 });
  operator = await operatorOf(lab);
  await confuseKeys();
  await must("h5", "mkdir -p /var/lib/containerd && mount -t tmpfs -o size=16m tmpfs /var/lib/containerd");
  await must("h6", "systemd-run --quiet --unit=squatter socat TCP-LISTEN:10250,fork,reuseaddr - && sleep 0.5");
  await host("h3").powerOff();
});
afterAll(async () => {
  await operator?.leave();
  await lab?.stop();
});

/** One digest over everything that kbs might touch: names, modes, owners, sizes, and the times of last change, which nobody can set. */
const treeDigest = (name: string): Promise<string> =>
  must(
    name,
    `find /etc /opt /usr /root /run/kbs /var/lib -xdev \\( -path /var/lib/systemd \\) -prune -o -printf '%p %y %m %U %s %C@ %l\\n' 2>/dev/null | sort | sha256sum`,
  );

const reachable = ["h1", "h2", "h5", "h6"];

/** What must be said of each of the four, with what to do about it. */
const troubles = [
  /h3[\s\S]*reachable/,
  /the host key of h4 \([\d.]+\) is not the one that .*known_hosts:\d+ has[\s\S]*ssh-keygen/,
  /h5[\s\S]*\/var\/lib\/containerd/,
  /h6[\s\S]*socat[\s\S]*10250/,
];

test("four hosts that are not fit are named at once with their remedies, before anything was changed anywhere", async () => {
  const before = await Promise.all(reachable.map(treeDigest));
  const { code, stderr } = await operator.start(operator.create).ended;
  expect(code).toBe(3);
  for (const trouble of troubles) expect(stderr).toMatch(trouble);
  expect(stderr).toContain("nothing was changed anywhere");
  expect(await Promise.all(reachable.map(treeDigest))).toEqual(before);
});

test("preflight says the same, as a table and as JSON, and changes nothing", async () => {
  const before = await Promise.all(reachable.map(treeDigest));
  const table = await operator.start(["preflight", "-f", "c.yaml"]).ended;
  expect(table.code).toBe(3);
  for (const trouble of troubles) expect(`${table.stdout}${table.stderr}`).toMatch(trouble);
  const json = await operator.start(["preflight", "-f", "c.yaml", "-o", "json"]).ended;
  const { ok, findings }: { ok: boolean; findings: { host: string; severity: string; remedy: string }[] } = JSON.parse(json.stdout);
  const errors = findings.filter(({ severity }) => severity === "error");
  expect(ok).toBe(false);
  expect([...new Set(errors.map(({ host: name }) => name))].toSorted()).toEqual(["h3", "h4", "h5", "h6"]);
  for (const { remedy } of findings) expect(remedy).not.toBe("");
  expect(await Promise.all(reachable.map(treeDigest))).toEqual(before);
});

test("a check can be accepted by name, and an unknown name is met with the nearest one", async () => {
  const accepted = await operator.start([
    "preflight",
    "-f",
    "c.yaml",
    "-o",
    "json",
    "--limit",
    "h1,h6",
    "--ignore-preflight-errors",
    "Port-10250",
  ]).ended;
  expect(accepted.code).toBe(0);
  expect(JSON.parse(accepted.stdout)).toMatchObject({
    ok: true,
    findings: expect.arrayContaining([expect.objectContaining({ host: "h6", ignored: true })]),
  });
  const unknown = await operator.start(["preflight", "-f", "c.yaml", "--ignore-preflight-errors", "Port-10251"]).ended;
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringMatching(/there is no check[\s\S]*did you mean Port-102/) });
});

test("a name of the endpoint that a host does not know is told of that host", async () => {
  const own = await readFile(join(operator.directory, "c.yaml"), "utf8");
  const named = own.replace(/^spec:$/m, "spec:\n  controlPlaneEndpoint: api.kbs.invalid:6443");
  expect(named).not.toBe(own);
  await writeFile(join(operator.directory, "named.yaml"), named);
  await must("h1", "echo '10.9.9.9 api.kbs.invalid' >>/etc/hosts");
  const { stdout } = await operator.start(["preflight", "-f", "named.yaml", "-o", "json", "--limit", "h1,h2"]).ended;
  const { findings }: { findings: { host: string; id: string }[] } = JSON.parse(stdout);
  expect(findings.filter(({ id }) => id === "endpoint-name")).toMatchObject([
    { host: "h2", severity: "error", problem: expect.stringContaining("knows no address of api.kbs.invalid") },
  ]);
});

test("with --keep-going the rest of the cluster is made, and the exit code still says that hosts were left out", async () => {
  const run = await operator.start([...operator.create, "--keep-going", "-o", "json"]).ended;
  const left = eventsOf(run.stdout).flatMap((event) =>
    event.type === "warning" && event.text?.startsWith("left out") ? [event.host] : [],
  );
  expect({ code: run.code, left: new Set(left) }).toEqual({ code: 3, left: new Set(["h3", "h4", "h5", "h6"]) });
  const kubectl = kubectlWith(
    join(await goBuild("kubernetes-node", () => undefined), "kubectl"),
    join(operator.directory, `${lab.name}.kubeconfig`),
  );
  const nodes = await kubectl([
    "get",
    "nodes",
    "-o",
    'jsonpath={range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status},{end}',
  ]);
  expect(nodes).toBe("h1 True,h2 True,");
});

test("when all that is wrong is silence, the exit code is that of the unreachable", async () => {
  const { code, stdout } = await operator.start(["preflight", "-f", "c.yaml", "--limit", "h1,h2,h3"]).ended;
  expect(stdout).toMatch(/h3[\s\S]*reachable/);
  expect(code).toBe(4);
});
