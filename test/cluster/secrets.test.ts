import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { carolPassword, type Lab, startLab } from "../lab/index.ts";
import { type Execution, type Trace, traceExecutions } from "../support/exec-trace.ts";
import { type HostProcess, processesOf } from "../support/host-processes.ts";
import { type Ended, type Operator, operatorOf } from "../support/operator.ts";
import { everyFile, filesWith, findIn, keysIn, keysOf, type Needles, ofText, readableByOthers, tokensIn } from "../support/secret-scan.ts";

// carol logs in by password, and sudo asks her for it. Every execution on both hosts and of kbs is held by its parent's tracer from before the
// first one on; the files are those that the hosts themselves see.

const folders = ["/etc", "/opt", "/usr/local", "/var/lib", "/var/log", "/run", "/tmp", "/var/tmp", "/dev/shm", "/home", "/root"];
const login = { KBS_TEST_LOGIN: carolPassword, KBS_TEST_SUDO: carolPassword };
const spec = { ssh: { user: "carol", password: "env:KBS_TEST_LOGIN", sudoPassword: "env:KBS_TEST_SUDO" } };

/** Milliseconds between two looks at the file that holds the worker's token for some seconds. */
const glance = 10;

/** All that is known of one or more runs on a lab's hosts. */
interface Watched {
  readonly needles: Needles;
  readonly tokens: number;
  readonly ended: readonly Ended[];
  /** By `kbs`, `h1` and `h2`. */
  readonly executions: ReadonlyMap<string, readonly Execution[]>;
  readonly processes: ReadonlyMap<string, readonly HostProcess[]>;
  readonly marker: string;
  readonly began: number;
}

let lab: Lab;
let operator: Operator;
let scratch: string;

const rootOf = async (nth: number): Promise<string> => `/proc/${await lab.hosts[nth]?.leaderPid()}/root`;

const openWorld = async (): Promise<void> => {
  scratch = await mkdtemp(join(tmpdir(), "kbs-secrets-"));
  lab = await startLab({ hosts: 2 });
  operator = await operatorOf(lab, { spec });
};

const closeWorld = async (): Promise<void> => {
  await operator?.leave();
  await lab?.stop();
  await rm(scratch, { recursive: true, force: true });
};

/** Collects tokens from the file by which the worker joins, for as long as it is there. */
const watchTokens = async (signal: AbortSignal): Promise<Map<string, string>> => {
  const path = join(await rootOf(1), "etc/kubernetes/bootstrap-kubelet.conf");
  const found = new Map<string, string>();
  while (!signal.aborted) {
    if (existsSync(path)) for (const [text, what] of tokensIn(readFileSync(path, "utf8"))) found.set(text, what);
    await sleep(glance);
  }
  return found;
};

/** A run of kbs, killed after so many milliseconds if told so, with its own trace. */
const tracedRun = async (words: readonly string[], file: string, killAfter?: number): Promise<readonly [Ended, Execution[]]> => {
  const run = operator.prepare([...operator.create, ...words], login);
  const trace = await traceExecutions(file, [run.pid]);
  run.go();
  if (killAfter !== undefined) {
    await sleep(killAfter);
    run.child.kill("SIGKILL");
  }
  const ended = await run.ended;
  const executions = await trace.executions();
  await trace.stop();
  return [ended, executions];
};

const keysOnHosts = async (): Promise<[string, string][]> =>
  (await Promise.all(lab.hosts.map(async (host, nth) => keysOf(await rootOf(nth), host)))).flat();

const ownSecrets = (): [string, string][] => [
  ...everyFile(operator.directory)
    .filter((path) => path.endsWith("kubeconfig"))
    .flatMap((path) => keysIn(readFileSync(path, "utf8"), path)),
  ...keysIn(readFileSync(lab.identityFile, "utf8"), "the lab's identity"),
  ...ofText(carolPassword, "the password"),
];

/** Traces the hosts while `runs` does its work. */
const watch = async (runs: () => Promise<readonly (readonly [Ended, Execution[]])[]>): Promise<Watched> => {
  const began = Date.now();
  const marker = `kbs-marker-${randomBytes(8).toString("hex")}`;
  const traces = new Map<string, Trace>();
  for (const host of lab.hosts) traces.set(host.name, await traceExecutions(join(scratch, `${host.name}.trace`), [await host.leaderPid()]));
  const stop = new AbortController();
  const watching = watchTokens(stop.signal);
  for (const host of lab.hosts) await host.run(`/bin/true ${marker}-first`);
  const done = await runs();
  for (const host of lab.hosts) await host.run(`/bin/true ${marker}-last`);
  stop.abort();
  const tokens = await watching;
  const executions = new Map<string, Execution[]>([["kbs", done.flatMap(([, executed]) => executed)]]);
  const processes = new Map<string, HostProcess[]>();
  for (const host of lab.hosts) {
    processes.set(host.name, await processesOf(host));
    executions.set(host.name, (await traces.get(host.name)?.executions()) ?? []);
    await traces.get(host.name)?.stop();
  }
  const needles = new Map([...ownSecrets(), ...tokens, ...(await keysOnHosts())]);
  return { needles, tokens: tokens.size, ended: done.map(([ended]) => ended), executions, processes, marker, began };
};

const inArgv = ({ executions, needles }: Watched): string[] =>
  [...executions].flatMap(([where, all]) =>
    all.flatMap(({ argv }) => findIn(argv.join(" "), needles).map((what) => `${where}: ${argv[0]}: ${what}`)),
  );

const programsOn = (host: string, { executions }: Watched): Set<string> =>
  new Set(executions.get(host)?.map(({ argv: [program = ""] }) => program.split("/").at(-1) ?? ""));

/** The logs of all runs, and their kept events. */
const logs = (): string[] => everyFile(join(operator.directory, "state"));

const inLogs = (needles: Needles): string[] => logs().flatMap((path) => findIn(readFileSync(path, "utf8"), needles));

/** The files of both hosts, in the folders where anything is written, that others may read. */
const openFiles = async (): Promise<string[]> => {
  const roots = await Promise.all(lab.hosts.map((_, nth) => rootOf(nth)));
  return roots.flatMap((root) => folders.flatMap((folder) => readableByOthers(join(root, folder))));
};

/** The promises that hold for every run, whatever became of it. */
const keepsSecrets = (watched: () => Watched): void => {
  test("no argv holds a key, a token or a password", () => {
    expect(inArgv(watched())).toEqual([]);
  });

  test("what kbs prints holds none", () => {
    const { ended, needles } = watched();
    expect(ended.flatMap(({ stdout, stderr }) => findIn(stdout + stderr, needles))).toEqual([]);
  });

  test("the full log and the kept events of every run hold none, and nobody else may read them", () => {
    const { ended, needles } = watched();
    for (const kind of [".log", ".ndjson"]) expect(logs().filter((path) => path.endsWith(kind))).toHaveLength(ended.length);
    expect(inLogs(needles)).toEqual([]);
    expect(logs().filter((path) => readableByOthers(join(path, "..")).includes(path))).toEqual([]);
  });

  test("the report of the run holds none", async () => {
    const { code, stdout } = await operator.start(["report", "--out", "-"]).ended;
    expect({ code, begin: stdout.slice(0, 15) }).toEqual({ code: 0, begin: "<!doctype html>" });
    expect(findIn(stdout, watched().needles)).toEqual([]);
  });

  test("no file of a host that others may read holds one", async () => {
    const { needles } = watched();
    const files = await openFiles();
    expect(files.some((path) => path.endsWith("/etc/kubernetes/pki/ca.crt"))).toBe(true);
    expect(await filesWith(files, needles, scratch)).toEqual([]);
  });

  test("no file that kbs wrote for its operator is readable by others and holds one", async () => {
    expect(await filesWith(readableByOthers(operator.directory), watched().needles, scratch)).toEqual([]);
  });
};

describe("a whole create", () => {
  let watched: Watched;
  beforeAll(async () => {
    await openWorld();
    watched = await watch(async () => [await tracedRun(["-vvv", "-o", "json"], join(scratch, "kbs.trace"))]);
  });
  afterAll(closeWorld);

  test("succeeds under the trace", () => {
    expect(watched.ended).toMatchObject([{ code: 0 }]);
  });

  test("is traced from before its first execution to after its last one", () => {
    const { executions, marker } = watched;
    for (const { name } of lab.hosts) {
      const all = executions.get(name) ?? [];
      const nth = (text: string): number => all.findIndex(({ argv }) => argv.join(" ").includes(text));
      expect(nth(`${marker}-first`)).toBeGreaterThanOrEqual(0);
      expect(nth("umask 077")).toBeGreaterThan(nth(`${marker}-first`));
      expect(nth(`${marker}-last`)).toBeGreaterThan(nth("flanneld"));
    }
    expect(executions.get("kbs")?.some(({ argv }) => argv.includes("create") && argv.includes("cluster"))).toBe(true);
  });

  test("is traced down to container runtimes and containers", () => {
    const everywhere = ["sh", "sudo", "containerd", "ctr", "kubelet", "containerd-shim-runc-v2", "runc", "pause", "flanneld", "kube-proxy"];
    const onControlPlane = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];
    expect(programsOn("h1", watched)).toEqual(
      expect.toSatisfy((found: Set<string>) => [...everywhere, ...onControlPlane].every((name) => found.has(name))),
    );
    expect(programsOn("h2", watched)).toEqual(expect.toSatisfy((found: Set<string>) => everywhere.every((name) => found.has(name))));
  });

  test("would show a secret in an argv", () => {
    const { marker } = watched;
    const shown = inArgv({ ...watched, needles: new Map([[marker, "the marker"]]) });
    expect([...new Set(shown)].filter((line) => line.includes(": /bin/true: "))).toEqual([
      "h1: /bin/true: the marker",
      "h2: /bin/true: the marker",
    ]);
  });

  test("has no process on a host that the trace has missed", () => {
    for (const [host, processes] of watched.processes) {
      const traced = new Set(watched.executions.get(host)?.map(({ argv }) => argv.join(" ")));
      const later = processes.filter(({ started }) => started > watched.began);
      // sshd and systemd write their state into their own argv; such a process is a fork of one that was traced.
      const missed = later.filter(({ argv, name }) => !traced.has(argv.join(" ")) && !["sshd", "systemd", "(sd-pam)"].includes(name));
      expect(later.length).toBeGreaterThan(5);
      expect(missed.map(({ argv }) => argv.join(" "))).toEqual([]);
    }
  });

  test("has secrets that a search finds where they belong", async () => {
    const { needles, tokens } = watched;
    expect(tokens).toBeGreaterThan(0);
    const kinds = [...new Set(needles.values())].join("\n");
    const keys = ["ca.key", "apiserver.key", "sa.key", "etcd/ca.key", "front-proxy-ca.key"].map((name) => `h1:/etc/kubernetes/pki/${name}`);
    const confs = ["admin.conf", "super-admin.conf", "controller-manager.conf"].map((name) => `h1:/etc/kubernetes/${name}`);
    for (const what of [...keys, ...confs, "h2:/var/lib/kubelet/pki/", "password", "token"]) expect(kinds).toContain(what);
    const places = ["etc/kubernetes/pki/sa.key", "etc/kubernetes/admin.conf"].map(async (path) => join(await rootOf(0), path));
    const holders = await Promise.all(places);
    expect((await filesWith(holders, needles, scratch)).toSorted()).toEqual(holders.toSorted());
  });

  keepsSecrets(() => watched);
});

describe("a create that is killed and run again", () => {
  let watched: Watched;
  /** What others could read right after a kill. */
  const left: string[] = [];
  /** Milliseconds: keys are on the hosts by then, and the worker may be joining. */
  const moments = [9_000, 16_000];
  beforeAll(async () => {
    await openWorld();
    watched = await watch(async () => {
      const runs: (readonly [Ended, Execution[]])[] = [];
      for (const moment of moments) {
        runs.push(await tracedRun(["-vvv"], join(scratch, "kbs.trace"), moment));
        left.push(...(await filesWith(await openFiles(), new Map([...ownSecrets(), ...(await keysOnHosts())]), scratch)));
      }
      runs.push(await tracedRun(["-vvv"], join(scratch, "kbs.trace")));
      return runs;
    });
  });
  afterAll(closeWorld);

  test("was killed, and succeeds in the end", () => {
    const codes = watched.ended.map(({ code }) => code);
    expect(codes[0]).toBeNull();
    expect(codes.at(-1)).toBe(0);
  });

  test("leaves no file that others may read and that holds a secret where it was killed", () => {
    expect(left).toEqual([]);
  });

  keepsSecrets(() => watched);
});
