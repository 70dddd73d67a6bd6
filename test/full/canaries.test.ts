import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { command } from "../lab/command.ts";
import { type Lab, type LabHost, startLab } from "../lab/index.ts";
import { type Execution, type Trace, traceExecutions } from "../support/exec-trace.ts";
import { type Ended, type Operator, operatorOf, type Run } from "../support/operator.ts";
import { everyFile, filesWith, findIn, keysIn, keysOf, ofText, readableByOthers, tokensIn } from "../support/secret-scan.ts";

// Secrets of ten kinds are given to kbs, or lie where it looks; each is then looked for wherever kbs and the hosts may have left it, also after
// runs that were killed. Every execution is held by its parent's tracer from before the first one on.

const word = (kind: string): string => `${kind}${randomBytes(9).toString("hex")}`;
const secret = {
  login: word("login"),
  passphrase: word("phrase"),
  urlPassword: word("url"),
  bearer: word("bearer"),
  certificateKey: randomBytes(32).toString("hex"),
};
const planted = `kubeadm join --certificate-key ${secret.certificateKey}
proxy http://kbs:${secret.urlPassword}@10.0.0.1:3128 refused
Authorization: Bearer ${secret.bearer}
`;

let lab: Lab;
let operator: Operator;
let scratch: string;
const runs: Ended[] = [];
const executions = new Map<string, Execution[]>();
const tokens = new Map<string, string>();
let dashboardToken = "";

const rootOf = async (host: LabHost): Promise<string> => `/proc/${await host.leaderPid()}/root`;
const hostAt = (nth: number): LabHost => {
  const host = lab.hosts[nth];
  if (!host) throw new Error(`the lab has no host ${nth}`);
  return host;
};
const own = (name: string): string => join(operator.directory, name);
const on = async (host: LabHost, script: string): Promise<void> => {
  const { code, stderr } = await host.run(script);
  if (code !== 0) throw new Error(`${host.name}: ${stderr}`);
};

/** carol has a password of her own; h1 knows her by a key with a passphrase, h2 by the password alone; both are behind a proxy. */
const prepareHosts = async (): Promise<void> => {
  for (const host of lab.hosts) {
    await on(host, `echo 'carol:${secret.login}' | chpasswd`);
    await on(host, `echo 'https_proxy=http://kbs:${secret.urlPassword}@10.0.0.1:3128' >>/etc/environment`);
  }
  await on(hostAt(1), "rm /home/carol/.ssh/authorized_keys");
};

/** References of every kind stand in the file: env:, file: and cmd:. */
const prepareOperator = async (): Promise<void> => {
  operator = await operatorOf(lab, {
    spec: {
      ssh: {
        user: "carol",
        identityFile: "./key",
        passphrase: "file:./phrase",
        password: "env:KBS_CANARY",
        sudoPassword: "cmd:cat ./sudo",
        agent: false,
      },
      addons: [{ name: "dashboard" }],
    },
  });
  await copyFile(lab.identityFile, own("key"));
  await command("ssh-keygen", ["-q", "-p", "-P", "", "-N", secret.passphrase, "-f", own("key")], { timeout: 20_000 });
  for (const [name, text] of [
    ["phrase", secret.passphrase],
    ["sudo", secret.login],
  ] as const)
    await writeFile(own(name), `${text}\n`, { mode: 0o600 });
};

/** What the operator keeps: what was given, and the kubeconfig that a create is to leave. */
const kept = (path: string): boolean => ["key", "key.pub", "phrase", "sudo", `${lab.name}.kubeconfig`].some((name) => path === own(name));

/** Kills a run when it has said something. */
const killWhenSaid = ({ child }: Run, said: RegExp): void => {
  let text = "";
  child.stderr?.on("data", (more: string) => {
    text += more;
    if (said.test(text)) child.kill("SIGKILL");
  });
};

/** A run of kbs under trace, killed when it says something if told so. */
const traced = async (words: readonly string[], killAt?: RegExp): Promise<Ended> => {
  const run = operator.prepare(words, { KBS_CANARY: secret.login });
  const trace = await traceExecutions(join(scratch, "kbs.trace"), [run.pid]);
  if (killAt !== undefined) killWhenSaid(run, killAt);
  run.go();
  const ended = await run.ended;
  executions.set("kbs", [...(executions.get("kbs") ?? []), ...(await trace.executions())]);
  await trace.stop();
  runs.push(ended);
  return ended;
};

/** Collects tokens from the file by which the worker joins, for as long as it is there. */
const watchTokens = async (signal: AbortSignal): Promise<void> => {
  const path = join(await rootOf(hostAt(1)), "etc/kubernetes/bootstrap-kubelet.conf");
  while (!signal.aborted) {
    if (existsSync(path)) for (const [text, what] of tokensIn(readFileSync(path, "utf8"))) tokens.set(text, what);
    await sleep(10);
  }
};

/** Leaves words in a kubelet's journal, as a tool that is less careful would: by a file, so that no argv holds them. */
const plant = async (host: LabHost): Promise<void> => {
  const root = await rootOf(host);
  await writeFile(join(root, "root/planted"), planted, { mode: 0o600 });
  await mkdir(join(root, "etc/systemd/system/kubelet.service.d"), { recursive: true });
  await writeFile(join(root, "etc/systemd/system/kubelet.service.d/99-canary.conf"), "[Service]\nExecStartPre=/bin/cat %h/planted\n");
  await on(host, "systemctl daemon-reload && systemctl restart kubelet");
};

const edit = async (change: (spec: Record<string, unknown>) => void): Promise<void> => {
  const config: { spec: Record<string, unknown> } = parse(await readFile(own("c.yaml"), "utf8"));
  change(config.spec);
  await writeFile(own("c.yaml"), stringify(config));
};

const loud = ["-vvv", "-o", "json"];
const bundle = (): readonly string[] => operator.create.slice(operator.create.indexOf("--bundle"), operator.create.indexOf("--bundle") + 2);

/** Everything that kbs is asked to do, killed twice on the way. */
const workThrough = async (): Promise<void> => {
  await traced(["plan", "-f", "c.yaml", ...bundle(), "-vvv", "--out", "fresh.kbs"]);
  await traced([...operator.create, "-vvv"], /h1 start-kubelet changed/);
  await traced([...operator.create, "-vvv"], /h2 join-workers changed/);
  await traced([...operator.create, ...loud]);
  for (const host of lab.hosts) await plant(host);
  await edit(
    (spec) => void (spec["kubernetes"] = { ...Object(spec["kubernetes"]), apiServer: { extraArgs: { "max-requests-inflight": "399" } } }),
  );
  await traced(["plan", "-f", "c.yaml", ...bundle(), "-vvv", "--out", "edit.kbs"]);
  dashboardToken = (await traced(["dashboard", "token", "-f", "c.yaml", "-vvv"])).stdout.trim();
  await traced(["status", "-f", "c.yaml", "-vvv"]);
  await traced(["diagnose", "-f", "c.yaml", "-vvv", "--out", "killed.tar.gz"], /h2 \S.* \(/);
  await traced(["diagnose", "-f", "c.yaml", "-vvv", "--out", "d.tar.gz"]);
  await traced(["report", "--out", "report.html"]);
  await edit((spec) => void (spec["ssh"] = { ...Object(spec["ssh"]), jumpHosts: [`ssh://kbs:${secret.urlPassword}@10.0.0.2`] }));
  await traced(["preflight", "-f", "c.yaml", "-vvv"]);
  await edit((spec) => void (spec["ssh"] = {}));
};

/** Secrets by their kind. */
const needlesByKind = new Map<string, ReadonlyMap<string, string>>();
const needles = (): Map<string, string> => new Map([...needlesByKind.values()].flatMap((kind) => [...kind]));
const ending = (keys: ReadonlyMap<string, string>, name: string): Map<string, string> =>
  new Map([...keys].filter(([, what]) => what.includes(name)));

const given = (text: string, what: string): Map<string, string> => new Map(ofText(text, what));

const collectNeedles = async (): Promise<void> => {
  const keys = new Map((await Promise.all(lab.hosts.map(async (host) => keysOf(await rootOf(host), host)))).flat());
  const kubeconfig = keysIn(await readFile(own(`${lab.name}.kubeconfig`), "utf8"), "the operator's kubeconfig");
  const [, claims = "", signature = ""] = dashboardToken.split(".");
  for (const [kind, texts] of [
    [
      "passphrase of an SSH key",
      new Map([...given(secret.passphrase, "the passphrase"), ...keysIn(await readFile(own("key"), "utf8"), "the SSH key")]),
    ],
    ["password for SSH and sudo, by env: and cmd:", given(secret.login, "carol's password")],
    ["bootstrap token", tokens],
    ["keys of CAs", ending(keys, "ca.key")],
    ["key of service accounts", ending(keys, "sa.key")],
    ["keys in kubeconfigs", new Map([...ending(keys, ".conf"), ...kubeconfig])],
    ["all other keys", keys],
    ["certificate key", given(secret.certificateKey, "the certificate key")],
    ["password in a URL", given(secret.urlPassword, "the proxy's password")],
    [
      "token of a service account",
      new Map([...given(secret.bearer, "the bearer token"), [claims, "the dashboard's token"], [signature, "the dashboard's token"]]),
    ],
  ] as const)
    needlesByKind.set(kind, texts);
};

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "kbs-canaries-"));
  lab = await startLab({ hosts: 2 });
  await prepareHosts();
  await prepareOperator();
  const traces = new Map<string, Trace>();
  for (const host of lab.hosts) traces.set(host.name, await traceExecutions(join(scratch, `${host.name}.trace`), [await host.leaderPid()]));
  const stop = new AbortController();
  const watching = watchTokens(stop.signal);
  await workThrough();
  stop.abort();
  await watching;
  for (const [name, trace] of traces) {
    executions.set(name, await trace.executions());
    await trace.stop();
  }
  await collectNeedles();
});
afterAll(async () => {
  await operator?.leave();
  await lab?.stop();
  await rm(scratch, { recursive: true, force: true });
});

test("every run ended as it should, or was killed", () => {
  expect(runs.map(({ code }) => code)).toEqual([0, null, null, 0, 0, 0, 0, null, expect.toBeOneOf([0, 5]), 0, 2]);
});

test("there are secrets of ten kinds to be found", () => {
  expect([...needlesByKind].map(([kind, texts]) => [kind, texts.size > 0 && ![...texts.keys()].includes("")])).toEqual(
    [...needlesByKind.keys()].map((kind) => [kind, true]),
  );
  expect(needlesByKind.size).toBe(10);
});

test("the search finds them where they belong", async () => {
  const root = await rootOf(hostAt(0));
  const homes = [
    "etc/kubernetes/pki/ca.key",
    "etc/kubernetes/pki/sa.key",
    "etc/kubernetes/admin.conf",
    "root/planted",
    "etc/environment",
  ].map((path) => join(root, path));
  const all = [...homes, own("key"), own("phrase"), own("sudo"), own(`${lab.name}.kubeconfig`)];
  expect((await filesWith(all, needles(), scratch)).toSorted()).toEqual(all.toSorted());
});

test("no argv of any process holds one, on the hosts or here", () => {
  expect([...executions.keys()].toSorted()).toEqual(["h1", "h2", "kbs"]);
  for (const all of executions.values()) expect(all.length).toBeGreaterThan(10);
  const found = [...executions].flatMap(([where, all]) =>
    all.flatMap(({ argv }) => findIn(argv.join(" "), needles()).map((what) => `${where}: ${argv[0]}: ${what}`)),
  );
  expect([...new Set(found)]).toEqual([]);
});

test("nothing that kbs prints, events among it, holds one; but the token that was asked for", () => {
  const found = runs.flatMap(({ stdout, stderr }, nth) =>
    findIn(stdout.trim() === dashboardToken ? stderr : stdout + stderr, needles()).map((what) => `run ${nth}: ${what}`),
  );
  expect(found).toEqual([]);
});

test("no file of the operator's holds one: logs at their highest level, events, saved plans, the report, temporary ones", async () => {
  const files = everyFile(operator.directory).filter((path) => !kept(path));
  const names = files.map((path) => path.slice(operator.directory.length + 1));
  for (const name of ["fresh.kbs", "edit.kbs", "report.html", "d.tar.gz"]) expect(names).toContain(name);
  expect(names.filter((name) => name.endsWith(".log")).length).toBeGreaterThanOrEqual(8);
  expect(names.filter((name) => name.endsWith(".ndjson")).length).toBeGreaterThanOrEqual(3);
  expect(await filesWith(files, needles(), scratch)).toEqual([]);
});

test("the archive of a diagnosis holds none, though they lay in the journals that it read", async () => {
  const folder = join(scratch, "archive");
  await mkdir(folder);
  await command("tar", ["-xzf", own("d.tar.gz"), "-C", folder], { timeout: 60_000 });
  const logs = await Promise.all(lab.hosts.map(({ name }) => readFile(join(folder, "hosts", name, "kubelet.log"), "utf8")));
  for (const log of logs) expect(log).toContain("proxy http://kbs:***@10.0.0.1:3128 refused");
  expect(await filesWith(everyFile(folder), needles(), scratch)).toEqual([]);
});

describe.each([0, 1])("on host %i", (nth) => {
  const rootHere = async (): Promise<string> => rootOf(hostAt(nth));

  test("the journal of kbs holds none, before-images in root's folder aside", async () => {
    const state = join(await rootHere(), "var/lib/kbs");
    const files = everyFile(state).filter((path) => !path.startsWith(join(state, "before/")));
    expect(files.length).toBeGreaterThan(1);
    expect(await filesWith(files, needles(), scratch)).toEqual([]);
  });

  test("no temporary folder holds one", async () => {
    const root = await rootHere();
    const files = ["tmp", "var/tmp", "dev/shm", "run/kbs"].flatMap((folder) =>
      existsSync(join(root, folder)) ? everyFile(join(root, folder)) : [],
    );
    expect(await filesWith(files, needles(), scratch)).toEqual([]);
  });

  test("no file that others may read holds one, but the proxy's that its administrator wrote", async () => {
    const root = await rootHere();
    const folders = ["etc", "opt", "usr/local", "var/lib", "var/log", "run", "tmp", "var/tmp", "home", "root"];
    const files = folders.flatMap((folder) => readableByOthers(join(root, folder)));
    expect(await filesWith(files, needles(), scratch)).toEqual([join(root, "etc/environment")]);
  });
});
