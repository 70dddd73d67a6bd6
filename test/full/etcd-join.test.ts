import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { type Lab, startLab } from "../lab/index.ts";
import { containerdNeeds } from "../lab/kernel-needs.ts";
import { bringKbs, kbsOn } from "../support/kbs-on-host.ts";
import { hostOf } from "../support/nth-host.ts";
import { type Operator, operatorOf } from "../support/operator.ts";
import { expectDone, type PlanBench, planBench } from "../support/plan-bench.ts";

// A machine joins by hand, as one more control plane, a cluster that a fleet's file has made with etcd on a host of its own.

let lab: Lab;
let operator: Operator;
let bench: PlanBench;

beforeAll(async () => {
  lab = await startLab({ hosts: 3 });
  const [first, machine] = [hostOf(lab, 0), hostOf(lab, 2)];
  operator = await operatorOf(lab, {
    roles: [["control-plane"], ["etcd"], ["worker"]],
    spec: { etcd: { mode: "dedicated" }, controlPlaneEndpoint: `${first.address}:6443` },
  });
  bench = planBench(lab, operator);
  await bench.edit(({ spec: { hosts } }) => void hosts.pop());
  await Promise.all([bringKbs(first), bringKbs(machine)]);
  const own = { apiVersion: "kbs/v1", kind: "Cluster", metadata: { name: "own" }, spec: { runtime: { config: containerdNeeds } } };
  await writeFile(join(machine.rootDirectory, "root/own.yaml"), stringify(own));
  expectDone(await bench.apply(...bench.fleet));
});
afterAll(async () => {
  await operator?.leave();
  await lab?.stop();
});

test("its API server goes by the same etcd, and it runs none", async () => {
  const [first, machine] = [hostOf(lab, 0), hostOf(lab, 2)];
  const uploaded = await kbsOn(first, ["init", "phase", "upload-certs", "--upload-certs"]);
  expect(uploaded).toMatchObject({ code: 0 });
  const made = await kbsOn(first, ["token", "create", "--print-join-command", "--certificate-key", uploaded.stdout.trim()]);
  expect(made).toMatchObject({ code: 0 });
  const [, ...words] = made.stdout.trim().split(/\s+/);
  const joined = await kbsOn(machine, [...words, "--config", "own.yaml"]);
  expect(joined).toMatchObject({ code: 0 });
  await bench.kubectl("wait node h1 h3 --for=condition=Ready --timeout=110s");
  const servers = (name: string) =>
    bench.host(name).run("sed -n 's/^ *- --etcd-servers=//p' /etc/kubernetes/manifests/kube-apiserver.yaml; ls /etc/kubernetes/manifests");
  expect((await servers("h3")).stdout).toBe((await servers("h1")).stdout);
  expect((await servers("h3")).stdout).not.toContain("etcd.yaml");
  expect(await kbsOn(machine, [...words, "--config", "own.yaml"])).toMatchObject({ code: 0, stderr: expect.stringContaining("0 changes") });
});
