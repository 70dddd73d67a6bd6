import { expect, test } from "vitest";
import type { Diagnosis } from "../../src/actions/diagnose.ts";
import { diagnosisText } from "../../src/commands/diagnosis-text.ts";

const well: Diagnosis = {
  schema: "kbs/diagnose/v1",
  kbs: "0.0.0",
  cluster: "demo",
  time: "2026-11-21T13:50:00.000Z",
  findings: [],
  hosts: [{ name: "h1", answered: true, units: { kubelet: "active", containerd: "active" }, node: "Ready", member: true }],
  api: { answers: true, version: "v1.36.3" },
  archive: "/home/me/demo-diagnose.tar.gz",
};

test("of a healthy cluster it says so in a line, then its hosts and the archive", () => {
  expect(diagnosisText(well, false)).toBe(`demo  no cause of trouble was found

HOST  ANSWERED  KUBELET  CONTAINERD  NODE   FINDINGS
h1    yes       active   active      Ready

evidence: /home/me/demo-diagnose.tar.gz
`);
});

test("causes come first, each with what to do and what was seen; who did not answer is named", () => {
  const sick: Diagnosis = {
    ...well,
    findings: [
      {
        rule: "runtime-down",
        host: "h1",
        cause: "containerd was stopped",
        remedy: '"systemctl start containerd"',
        certainty: "certain",
        seen: [],
      },
      { rule: "pods-unschedulable", cause: "2 system pods find no node", remedy: "add a worker", certainty: "likely", seen: ["0/1 nodes"] },
    ],
    hosts: [...well.hosts, { name: "h2", answered: false, problem: "no route to host" }],
    api: { answers: false, problem: "it does not answer" },
  };
  expect(diagnosisText(sick, false)).toBe(`demo  likely causes:
1. h1: containerd was stopped (certain, runtime-down)
   next: "systemctl start containerd"
2. 2 system pods find no node (likely, pods-unschedulable)
   next: add a worker
   seen: 0/1 nodes
the API server gives no word: it does not answer

HOST  ANSWERED              KUBELET  CONTAINERD  NODE   FINDINGS
h1    yes                   active   active      Ready  1
h2    no: no route to host

evidence: /home/me/demo-diagnose.tar.gz
`);
});
