import { describe, expect, test } from "vitest";
import { errorsOf, ignoredChecks, judge } from "../../src/preflight/judge.ts";
import { preflightJson, renderPreflightTable } from "../../src/preflight/report.ts";
import { runPreflight } from "../../src/preflight/run.ts";
import { UserError } from "../../src/shared/errors.ts";
import { cluster, healthy, listener, oneDisk } from "./hosts.ts";

const hosts = ["control-plane", "worker", "worker", "worker"].map((role, n) => ({
  name: `n${n + 1}`,
  address: `10.0.0.${11 + n}`,
  roles: [role === "worker" ? "worker" : "control-plane"] as const,
}));

/** One host off, one with a full disk, one with a port taken. */
const results = runPreflight({
  cluster: cluster({}, { hosts }),
  facts: new Map([
    ["n1", healthy(1, { disks: oneDisk({ free: 0 }) })],
    ["n2", healthy(2, { listeners: [listener(10250, "nginx")], timeSync: "not-synchronised" })],
    ["n4", healthy(4, { timeSync: "not-synchronised" })],
  ]),
  failures: new Map([["n3", new UserError("10.0.0.13:22 does not answer", { exit: "unreachable", hint: "switch it on" })]]),
});

const told = (findings: typeof results.findings): readonly string[] =>
  findings.map(({ host, id, severity }) => `${host} ${id} ${severity}`);

describe("preflight", () => {
  test("tells all that is wrong on all hosts at once", () => {
    expect(told(results.findings)).toEqual([
      "n1 disk-space error",
      "n1 disk-pressure warning",
      "n2 time-sync warning",
      "n2 port-kubelet error",
      "n3 reachable error",
      "n4 time-sync warning",
    ]);
  });

  test("counts what passed", () => {
    for (const { host, asked, passed } of results.hosts)
      expect(asked - passed).toBe(results.findings.filter((finding) => finding.host === host).length);
    expect(results.hosts.map(({ passed }) => passed > 40)).toEqual([true, true, false, true]);
  });
});

describe("ignoring", () => {
  test("turns an error of that name into a warning, and leaves the others", () => {
    const judged = judge(results, ["Disk-Space"]);
    expect(judged.findings.find(({ id }) => id === "disk-space")).toMatchObject({ severity: "warning", ignored: true });
    expect(errorsOf(judged).map(({ id }) => id)).toEqual(["port-kubelet", "reachable"]);
  });

  test("understands kubeadm's names", () => {
    expect([...ignoredChecks(["NumCPU", "mem", "Port-10250", "FileContent--proc-sys-net-ipv4-ip_forward"])]).toEqual([
      "cpus",
      "memory",
      "port-kubelet",
      "ip-forward",
    ]);
    expect([...ignoredChecks(["DirAvailable--data-etcd"])]).toEqual([...ignoredChecks(["DirAvailable--var-lib-etcd"])]);
    expect([...ignoredChecks(["SystemVerification"])]).toEqual(["kernel", "cgroup-version", "cgroup-controllers"]);
  });

  test("all leaves nothing but hosts that did not answer", () => {
    expect(errorsOf(judge(results, ["all"])).map(({ id }) => id)).toEqual(["reachable"]);
  });

  test("all stands alone", () => {
    expect(() => ignoredChecks(["all", "swap"])).toThrow(/must stand alone/);
  });

  test("an unknown name is met with the nearest one", () => {
    expect(() => ignoredChecks(["disk-spaec"])).toThrow(expect.objectContaining({ details: { hint: "did you mean disk-space?" } }));
  });
});

test("the table names hosts, findings with remedies, and the sum", () => {
  expect(renderPreflightTable(judge(results, ["port-kubelet"]), { color: false })).toMatchInlineSnapshot(`
    "HOST  PASSED  WARNINGS  ERRORS
    n1    53/55   1         1
    n2    48/50   2         0
    n3    0/1     0         1
    n4    49/50   1         0

    error    n1  disk-space
      / has 0 MiB free, 2.2 GiB are needed for /etc, /usr, /opt, /var/lib/containerd, /var/lib/kubelet, /var/log, /var/lib/kbs and /var/lib/etcd
      fix:  make room, or mount a larger disk there

    error    n3  reachable
      10.0.0.13:22 does not answer
      fix:  switch it on

    warning  n1  disk-pressure
      less than 10 % of the filesystem of /var/lib/kubelet and 15 % of the filesystem of /var/lib/containerd will be free: the kubelet will evict pods
      seen: /: 40 GiB, 0 MiB free now, about 0 MiB when the node is made
      fix:  make room, or set evictionHard in spec.kubernetes.kubelet

    warning  n2, n4  time-sync
      nothing keeps the clock synchronised
      fix:  enable chrony or systemd-timesyncd

    warning  n2  port-kubelet (ignored)
      kubelet needs a port that is taken: nginx (pid 4711) on *:10250/tcp
      fix:  stop nginx, or move it to another port

    150 checks passed on 4 hosts, 4 warnings, 2 errors
    "
  `);
});

test("the table is coloured only on request", () => {
  const escape = String.fromCodePoint(27);
  expect(renderPreflightTable(results, { color: true })).toContain(`${escape}[31m`);
  expect(renderPreflightTable(results, { color: false })).not.toContain(escape);
});

test("the JSON tells the same to a program", () => {
  const json = preflightJson(results);
  expect(json).toMatchObject({ schema: "kbs/preflight/v1", ok: false });
  expect(json.findings).toHaveLength(6);
  expect(json.hosts.map(({ host, warnings, errors }) => [host, warnings, errors])).toEqual([
    ["n1", 1, 1],
    ["n2", 1, 1],
    ["n3", 0, 1],
    ["n4", 1, 0],
  ]);
  expect(preflightJson(judge(runPreflight({ cluster: cluster(), facts: new Map([["cp1", healthy(1)]]) }), [])).ok).toBe(true);
});
