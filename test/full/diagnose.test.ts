import { execFile } from "node:child_process";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { type Lab, type LabHost, startLab } from "../lab/index.ts";
import { type Operator, operatorOf } from "../support/operator.ts";

// A cluster of two real hosts is broken in one way after the other, and each time it is read what diagnose says of it.

interface Diagnosis {
  readonly code: number | null;
  readonly findings: readonly { readonly rule: string; readonly host?: string; readonly cause: string; readonly certainty: string }[];
  readonly hosts: readonly { readonly name: string; readonly answered: boolean }[];
  readonly api: { readonly answers: boolean };
  readonly archive: string;
}

let lab: Lab;
let operator: Operator;

const run = promisify(execFile);
const host = (name: string): LabHost => lab.hosts.find((one) => one.name === name) ?? expect.fail(`the lab has no ${name}`);

const on = async (name: string, script: string): Promise<void> => {
  const { code, stderr } = await host(name).run(script);
  expect({ script, code, stderr }).toMatchObject({ code: 0 });
};

const diagnose = async (...words: readonly string[]): Promise<Diagnosis> => {
  const { code, stdout, stderr } = await operator.start(["diagnose", "-f", "c.yaml", "-o", "json", "--out", "d.tar.gz", ...words]).ended;
  if (stdout === "") throw new Error(stderr);
  const said: Omit<Diagnosis, "code"> = JSON.parse(stdout);
  return { ...said, code };
};

/** How slow the disk under etcd is, is the machine's affair. */
const causes = ({ findings }: Diagnosis): string[] =>
  findings.filter(({ rule }) => rule !== "etcd-slow-disk").map((found) => `${found.certainty} ${found.host ?? "-"} ${found.rule}`);

/** Kubelets and kubeadm's probes take their time to notice. */
const patient = { timeout: 240_000, interval: 3000 } as const;

interface Failure {
  readonly message: string;
  readonly probably?: string;
}

/** The errors of units, in the events of a run. */
const failures = (stdout: string): Failure[] =>
  stdout.split("\n").flatMap((line): Failure[] => {
    const event: { readonly type?: string; readonly error?: Failure } = line === "" ? {} : JSON.parse(line);
    return event.type === "unit-ended" && event.error ? [event.error] : [];
  });

/** The first cause that diagnose names, once the breakage shows. */
const firstCause = async (): Promise<string | undefined> => causes(await diagnose())[0];

const calm = (): Promise<void> => expect.poll(async () => causes(await diagnose()), patient).toEqual([]);

beforeAll(async () => {
  lab = await startLab({ hosts: 2 });
  operator = await operatorOf(lab);
  const { code, stderr } = await operator.start(operator.create).ended;
  if (code !== 0) throw new Error(stderr);
});
afterAll(async () => {
  await operator?.leave();
  await lab?.stop();
});

test("of a new cluster no rule finds anything to say, and all of it is in an archive that only its owner can read", async () => {
  const said = await diagnose();
  expect(causes(said)).toEqual([]);
  expect(said).toMatchObject({ api: { answers: true }, hosts: [{ answered: true }, { answered: true }] });
  expect((await stat(said.archive)).mode & 0o777).toBe(0o600);
  const { stdout } = await run("tar", ["-tzf", said.archive]);
  for (const name of ["findings.json", "hosts/h1/system-pods.log", "hosts/h2/kubelet.log", "hosts/h1/etcd-metrics.txt", "api/nodes.json"])
    expect(stdout.split("\n")).toContain(name);
  expect(stdout).toMatch(/^run\/\S+create-cluster\S+\.log$/m);
});

test("a stopped containerd is named, on its host", async () => {
  await on("h2", "systemctl stop containerd");
  await expect.poll(firstCause, patient).toBe("certain h2 runtime-down");
  const { code, stdout } = await operator.start(["diagnose", "-f", "c.yaml", "--limit", "h2", "--out", "d.tar.gz"]).ended;
  expect(code).toBe(5);
  expect(stdout).toContain("1. h2: containerd was stopped");
  expect(stdout).toContain('next: "systemctl start containerd"');
  await on("h2", "systemctl start containerd");
  await calm();
});

test("a removed CNI configuration is named", async () => {
  await on("h2", "mkdir aside && mv /etc/cni/net.d/* aside/");
  await expect.poll(firstCause, patient).toBe("certain h2 cni-no-config");
  await on("h2", "cp aside/* /etc/cni/net.d/ && systemctl restart containerd");
  await calm();
});

test("a port that somebody else holds is named, with who holds it", async () => {
  await on(
    "h1",
    "mv /etc/kubernetes/manifests/kube-scheduler.yaml . && while pgrep -x kube-scheduler; do sleep 0.2; done; systemd-run --unit squatter socat TCP-LISTEN:10259,fork,reuseaddr -",
  );
  await on("h1", "mv kube-scheduler.yaml /etc/kubernetes/manifests/");
  await expect.poll(firstCause, patient).toBe("certain h1 port-taken");
  expect((await diagnose()).findings[0]?.cause).toMatch(/^kube-scheduler needs port 10259\/tcp, which socat \(pid \d+\) holds$/);
  await on("h1", "systemctl stop squatter");
  await calm();
});

describe("an API server with a flag that it does not know", () => {
  test("is named when the manifest was edited by hand, and mended by a create", async () => {
    await on("h1", "sed -i 's/^    - --advertise-address=/    - --no-such-flag=1\\n&/' /etc/kubernetes/manifests/kube-apiserver.yaml");
    await expect.poll(firstCause, patient).toBe("certain h1 component-flag");
    const said = await diagnose();
    expect(said.findings[0]?.cause).toContain("--no-such-flag");
    expect(said.api.answers).toBe(false);
    expect((await operator.start(operator.create).ended).code).toBe(0);
    await calm();
  });

  test("is what a create says that was asked for it, well before its wait is over", async () => {
    const path = join(operator.directory, "c.yaml");
    const good = await readFile(path, "utf8");
    const config: { spec: { kubernetes: Record<string, unknown> } } = parse(good);
    config.spec.kubernetes["apiServer"] = { extraArgs: { "no-such-flag": "1" } };
    await writeFile(path, stringify(config));
    const { code, stdout } = await operator.start([...operator.create, "-o", "json"]).ended;
    const [error] = failures(stdout);
    expect(code).toBe(5);
    expect(error).toMatchObject({ message: expect.stringContaining("waiting for the API server") });
    expect(error).toMatchObject({ probably: "on h1: kube-apiserver does not start: it refuses its flag --no-such-flag" });
    await writeFile(path, good);
    expect((await operator.start(operator.create).ended).code).toBe(0);
    await calm();
  });
});

test("a host that is down is named, and the archive of the others is written", async () => {
  await host("h2").kill();
  const said = await diagnose();
  expect(said.code).toBe(4);
  expect(said.hosts.map(({ name, answered }) => [name, answered])).toEqual([
    ["h1", true],
    ["h2", false],
  ]);
  expect((await run("tar", ["-tzf", said.archive])).stdout).toContain("hosts/h1/kubelet.log");
});
