import { expect, test } from "vitest";
import { planJson } from "../../../src/engine/plan/json.ts";
import type { Plan, PlannedChange, PlannedUnit } from "../../../src/engine/plan/plan.ts";
import { planText } from "../../../src/engine/plan/text.ts";

const change = (name: string, more: Partial<PlannedChange> = {}): PlannedChange => ({
  change: name,
  kind: "file",
  why: "content differs",
  isNew: false,
  consequence: false,
  ...more,
});

const unit = (title: string, host: string, changes: readonly PlannedChange[], more: Partial<PlannedUnit> = {}): PlannedUnit => ({
  key: `${title}@${host}`,
  phase: title,
  title,
  host,
  after: [],
  changes,
  ...more,
});

const manifest = "/etc/kubernetes/manifests/kube-apiserver.yaml";

const plan: Plan = {
  cluster: "demo",
  file: "c.yaml",
  isNew: false,
  units: [
    unit("Prepare the hosts", "h2", [change("sysctl:net.ipv4.ip_forward", { kind: "sysctl", why: "is 0, not 1" })]),
    unit("Write certificates", "h1", [
      change("path:/etc/kubernetes/pki/apiserver.crt", { kind: "made", why: "the certificate lacks the name x" }),
    ]),
    unit("Start the control plane", "h1", [change(`path:${manifest}`, { diff: ["@@ -1 +1 @@", "-    - --v=3", "+    - --v=2"] })], {
      after: ["Write certificates@h1"],
    }),
    unit("Remove the token", "h2", [change("path:/etc/kubernetes/bootstrap-kubelet.conf", { kind: "absent", why: "is a regular file" })]),
    unit("Join", "h3", [change("path:/etc/new", { why: "absent", isNew: true, lines: 2, diff: ["@@ -0,0 +1,2 @@", "+a", "+b"] })], {
      after: ["Write certificates@h1"],
    }),
    unit("Apply objects", "h1", [
      change("object:ConfigMap/kube-system/kube-proxy", { kind: "object", why: 'data.a: "1" -> "2"\ndata.b: absent -> "3"' }),
    ]),
    unit("Apply add-ons", "h1", [], { knownAfter: "Make the certificates of add-ons" }),
  ],
  hosts: [
    { host: "h1", changes: 2, bytes: 0, restarts: [{ what: "static pod kube-apiserver", running: true, because: [manifest] }] },
    { host: "h2", changes: 2, bytes: 0, restarts: [] },
    { host: "h3", changes: 1, bytes: 12_000_000, restarts: [{ what: "kubelet.service", running: false, because: [] }] },
  ],
  changes: 6,
  rolling: [["h1"], ["h2", "h4"]],
  unfinished: [],
  waits: ["node h4: its kubelet has stopped reporting"],
};

test("a plan tells each host's changes in order, what they stand behind, what restarts, the cluster's objects, and what it costs", () => {
  expect(planText(plan, { color: false, verbose: false })).toBe(`h1
  Write certificates
    ~ /etc/kubernetes/pki/apiserver.crt  the certificate lacks the name x, content not shown
  Start the control plane  (after: Write certificates)
    ~ ${manifest}  content differs
        @@ -1 +1 @@
        -    - --v=3
        +    - --v=2
  Apply add-ons
    ? known after "Make the certificates of add-ons"
  restarts static pod kube-apiserver: ${manifest}

h2
  Prepare the hosts
    ~ sysctl net.ipv4.ip_forward  is 0, not 1
  Remove the token
    - /etc/kubernetes/bootstrap-kubelet.conf  is a regular file

h3
  Join  (after: Write certificates on h1)
    + /etc/new  new, 2 lines
  starts kubelet.service

In the cluster
  Apply objects
    ~ ConfigMap/kube-system/kube-proxy  data.a: "1" -> "2"
        data.b: absent -> "3"

not ready: node h4: its kubelet has stopped reporting
one after another, each healthy before the next: h1, then h2 and h4; then all else at once
per host:
  h1: 2 changes, 1 restart, 0 kB to send
  h2: 2 changes, 0 restarts, 0 kB to send
  h3: 1 change, 0 restarts, 12 MB to send
plan for demo: 6 changes, and 1 step of which more is known later, 1 restart, 12 MB to send
`);
});

test("what a new file will hold is shown when more is asked for", () => {
  const text = planText(plan, { color: false, verbose: true });
  expect(text).toContain("    + /etc/new  new, 2 lines\n        @@ -0,0 +1,2 @@\n        +a\n        +b\n");
});

const empty: Plan = {
  ...plan,
  units: [],
  hosts: plan.hosts.map((host) => ({ ...host, changes: 0, bytes: 0, restarts: [] })),
  changes: 0,
  rolling: [],
  waits: [],
};

test("a cluster that is as its file says has 0 changes", () => {
  expect(planText(empty, { color: false, verbose: false })).toBe("0 changes: the cluster demo is as c.yaml says\n");
});

test("what an interrupted run has left to tidy is told, though it is no change", () => {
  const left = { ...empty, unfinished: ["Remove staged content on h2"] };
  expect(planText(left, { color: false, verbose: false })).toContain("left by an interrupted run: Remove staged content on h2");
  expect([planJson(empty).pending, planJson(left).pending, planJson(plan).schema]).toEqual([false, true, "kbs/plan/v1"]);
});
