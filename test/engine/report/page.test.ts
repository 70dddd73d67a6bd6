import { describe, expect, test } from "vitest";
import { renderReport } from "../../../src/engine/report/page.ts";
import { begun, changed, planned } from "../progress/events.ts";
import { fleet } from "./fleet.ts";
import { ended, type Moment, pageOf, recordOf, unit, wordsOf } from "./story.ts";

const facts = (host: string): Moment => ({
  type: "host-facts",
  host,
  roles: ["worker"],
  address: "10.0.0.9",
  os: "Debian GNU/Linux 12 (bookworm)",
  kernel: "6.1.0-18-amd64",
  architecture: "amd64",
  cpus: 4,
  memory: 8 * 1024 ** 3,
  virtualization: "kvm",
});

const error = {
  message: "containerd did not start",
  exit: "phase",
  command: "systemctl start containerd",
  output: "Job for containerd.service failed.",
  probably: "its configuration is wrong",
  hint: "read journalctl -u containerd",
} as const;

const done: readonly Moment[] = [
  { ...begun, kubernetes: "v1.36.0", operator: { node: "v24.1.0", system: "Darwin 24.5.0", architecture: "arm64" } },
  ...["h1", "h2", "h3"].map(facts),
  { type: "bundle", platform: "linux/amd64", kubernetes: "v1.36.0", digest: "sha256:abc", path: "/b.tar" },
  { ...planned("install", "Install containerd", "h1", "h2", "h3"), needs: [], first: "h1" },
  { ...planned("join", "Join the workers", "h2"), needs: [{ phase: "install", on: "here" }], first: "h1" },
  ...changed("install", "h1", "path:/etc/containerd/config.toml", "service:containerd.service"),
  ...unit("install", "h1", 2000, { changed: 2 }),
  ...unit("install", "h2", 4000),
  [{ type: "unit-started", phase: "join", host: "h2" }, 100],
  [{ type: "waiting", phase: "join", host: "h2", reason: "the kubelet to register" }, 2900],
  { type: "unit-ended", phase: "join", host: "h2", state: "done", changed: 0, took: 3000 },
  { type: "warning", host: "h3", text: "the kernel is old" },
  { type: "connection", host: "h1", channels: 7, bytesSent: 41e6, bytesReceived: 2e5 },
  ended({ changed: 2, took: 9000, next: ["kubectl get nodes"], log: "/home/me/run.log" }),
];

describe("the page of a run", () => {
  test("tells how it ended, what was changed where, what was waited for, and what to type next", async () => {
    const words = wordsOf(await pageOf(done));
    for (const told of [
      "demo create cluster",
      "Done All went well; 2 changes were made on 1 host.",
      "9.0 s Duration",
      "kubectl get nodes",
      "/home/me/run.log",
      "the kernel is old h3",
      "Join the workers h2 6.0 s 3.0 s 2.9 s: the kubelet to register",
      "/etc/containerd/config.toml",
      "service containerd.service",
      "2.9 s for the kubelet to register",
    ])
      expect(words).toContain(told.replace("9.0 s Duration", "Duration 9.0 s"));
  });

  test("tells the environment and the connections", async () => {
    const words = wordsOf(await pageOf(done));
    for (const told of [
      "Darwin 24.5.0, arm64, Node.js v24.1.0",
      "Kubernetes v1.36.0",
      "sha256:abc",
      "h1, h2, h3 Debian GNU/Linux 12 (bookworm) 6.1.0-18-amd64 amd64 4 8.0 GiB kvm",
      "h1 7 41 MB 200 kB",
    ])
      expect(words).toContain(told);
  });

  test("fetches nothing and runs nothing", async () => {
    const page = await pageOf(done);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/<script|\bsrc=|@import|url\(|<link|<iframe|\bon\w+=/i);
  });

  test("says of one that changed nothing that all was as wished", async () => {
    expect(wordsOf(await pageOf([begun, ended()]))).toContain("All was as wished on 3 hosts; nothing had to be changed.");
  });

  test("of a run that was killed says that its events have no end", async () => {
    const killed: readonly Moment[] = [
      begun,
      planned("a", "Do a", "h1"),
      [{ type: "unit-started", phase: "a", host: "h1" }, 500],
      { type: "warning", text: "last words" },
    ];
    const words = wordsOf(await pageOf(killed));
    expect(words).toContain("No end The run was killed, or still goes on");
    expect(words).toMatch(/Do a 0\.0 s 0\.5 s – … no end/);
  });

  test("of a run that ended before it had a cluster is a page, too", async () => {
    const words = wordsOf(await pageOf([{ type: "error", error: { message: "no such file", hint: "look" } }, ended({ exit: "usage" })]));
    expect(words).toContain("no cluster run");
    expect(words).toContain("no such file Do next look");
  });
});

const failed = (host: string): readonly Moment[] => unit("install", host, 700, { state: "failed", error });

describe("a failure", () => {
  test("is told with its five answers and the way to go on, and its host stands open", async () => {
    const page = await pageOf([begun, planned("install", "Install", "h1"), ...failed("h1"), ended({ exit: "phase", log: "/l.log" })]);
    const words = wordsOf(page);
    expect(words).toContain("Failed Install failed on h1; nothing was changed.");
    expect(words).toContain(
      "Install: containerd did not start Host h1 Command systemctl start containerd It printed Job for containerd.service failed. Probably its configuration is wrong Do next read journalctl -u containerd",
    );
    expect(words).toContain("/l.log");
    expect(page).toMatch(/<details class="host" open><summary>[^\n]*<strong>h1</);
  });

  test("that many hosts share is told once, with their names", async () => {
    const words = wordsOf(await pageOf([begun, ...["h1", "h2", "h3"].flatMap(failed), ended({ exit: "phase" })]));
    expect(words.match(/containerd did not start/g)).toHaveLength(1);
    expect(words).toContain("3 hosts h1, h2, h3");
  });

  test("of preflight is told by its finding and remedy, and once", async () => {
    const problem = "swap is on";
    const words = wordsOf(
      await pageOf([
        begun,
        {
          type: "preflight",
          hosts: [{ host: "h1", asked: 2, passed: 1 }],
          findings: [{ host: "h1", id: "swap", severity: "error", ignored: false, problem, remedy: "swapoff -a" }],
        },
        { type: "error", error: { message: "1 of 1 hosts cannot take part", exit: "preflight", output: `table: ${problem}` } },
        ended({ exit: "preflight" }),
      ]),
    );
    expect(words.match(/swap is on/g)).toHaveLength(1);
    expect(words).toContain("Check swap: swap is on Host h1 Do next swapoff -a");
  });
});

const tags = ["script", "img", "svg", "style", "iframe", "b onmouseover"];

describe("hostile texts", () => {
  const hostile = `</code></style><script>alert("x")</script><img src=x onerror='x'> 🚀 ${"long".repeat(3000)} \u202Egnp.exe`;

  test("are shown, never obeyed, wherever they stand", async () => {
    const host = hostile.slice(0, 90);
    const own = { message: hostile, command: hostile, output: hostile, probably: hostile, hint: hostile };
    const page = await pageOf([
      { type: "run-started", run: hostile, command: hostile, cluster: hostile, hosts: [host] },
      {
        type: "host-facts",
        host,
        roles: [hostile],
        address: hostile,
        os: hostile,
        kernel: hostile,
        architecture: hostile,
        virtualization: hostile,
      },
      { type: "bundle", platform: hostile, kubernetes: hostile, digest: hostile, path: hostile },
      { type: "phase-planned", phase: hostile, title: hostile, hosts: [host], needs: [], first: host },
      [{ type: "unit-started", phase: hostile, host }, 10],
      [{ type: "waiting", phase: hostile, host, reason: hostile }, 900],
      { type: "change", phase: hostile, host, change: hostile, state: "changed", detail: `${hostile}\n${hostile}` },
      { type: "warning", host, text: hostile },
      { type: "unit-ended", phase: hostile, host, state: "failed", changed: 1, took: 900, reason: hostile, error: own },
      { type: "host-failed", host, error: own },
      {
        type: "preflight",
        hosts: [],
        findings: [{ host, id: hostile, severity: "error", ignored: false, problem: `${hostile}!`, evidence: hostile, remedy: hostile }],
      },
      { type: "connection", host, channels: 1, bytesSent: 1, bytesReceived: 1 },
      {
        type: "error",
        host,
        error: { ...own, problems: [{ severity: "error", file: hostile, path: hostile, message: hostile, hint: hostile }] },
      },
      ended({ exit: "phase", log: hostile, next: [hostile] }),
    ]);
    const inside = page.replace(/<style>.*?<\/style>/s, "").slice(page.indexOf("<body>"));
    for (const tag of tags) expect(inside.toLowerCase()).not.toContain(`<${tag}`);
    expect(inside).not.toContain("\u202E");
    expect(inside).toContain("&lt;script&gt;alert(&quot;x&quot;)");
    expect(inside).toContain("🚀");
    expect(page.length).toBeLessThan(600_000);
  });
});

const nameOf = (index: number): string => `w${String(index + 1).padStart(4, "0")}`;
const all = Array.from({ length: 1000 }, (_, index) => nameOf(index));

describe("a run of a thousand hosts and twenty phases", () => {
  test("gives a page of less than two megabytes that tells of the exceptional ones, and names each host", async () => {
    const record = await recordOf(fleet(1000));
    expect([...record.hosts.values()].reduce((sum, { units }) => sum + units.length, 0)).toBe(20_000);
    const page = renderReport(record);
    expect(page.length).toBeLessThan(2_000_000);
    const words = wordsOf(page);
    expect(words).toContain("The same happened on 994 hosts");
    expect(words).toContain("5 hosts w0008, w0100, w0501, w0502, w0999");
    expect(words).toMatch(/✓ w0301 worker · 40 changes/);
    expect(all.filter((name) => !words.includes(name))).toEqual([]);
  });

  test("all of them different, tells of most in a line each", async () => {
    const warnings = all.map((host, index): Moment => ({ type: "warning", host, text: `warning ${index}` }));
    const page = await pageOf([...fleet(1000, 3).slice(0, -1), ...warnings, ended()]);
    expect(page.length).toBeLessThan(2_000_000);
    expect(wordsOf(page)).toContain("940 hosts more, a line each");
  });
});
