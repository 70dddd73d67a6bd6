import { afterAll, beforeAll, expect, test } from "vitest";
import { defaultMinor, type LabHost } from "../lab/index.ts";
import { kbsOn } from "../support/kbs-on-host.ts";
import { hostOf } from "../support/nth-host.ts";
import { compare, isMoreThanTime } from "../support/parity/compare.ts";
import { certificateKey } from "../support/parity/config.ts";
import { normalise } from "../support/parity/normalise.ts";
import { firstOf, kbsSide, must, pictureAtRest, type Side } from "../support/parity/sides.ts";

// Machines that have joined by one `kbs join` are given back, and join again phase by phase under kubeadm's names: both leave the same.

const file = ["--config", "join.yaml"] as const;

/** In kubeadm's order; preflight comes first, and only asks. */
const phases = {
  worker: [["preflight"], ["kubelet-start"], ["kubelet-wait-bootstrap"]],
  "control-plane": [
    ["preflight"],
    ["control-plane-prepare", "download-certs"],
    ["control-plane-prepare", "certs"],
    ["control-plane-prepare", "kubeconfig"],
    ["control-plane-prepare", "control-plane"],
    ["kubelet-start"],
    ["etcd-join"],
    ["kubelet-wait-bootstrap"],
    ["control-plane-join", "all"],
    ["wait-control-plane"],
  ],
} as const;

const kase = {
  id: "join-phases",
  says: "further control planes are let in",
  flags: ["--config", "kubeadm.yaml", "--upload-certs"],
  wishes: { InitConfiguration: { certificateKey }, ClusterConfiguration: { controlPlaneEndpoint: "api.test:6443" } },
};

let side: Side;
beforeAll(async () => {
  side = await kbsSide(3, defaultMinor);
  const first = firstOf(side.lab);
  await Promise.all(side.lab.hosts.map((host) => must(host, `echo ${first.address} api.test >>/etc/hosts`)));
  await side.prepare(kase);
  await side.init(kase);
});
afterAll(() => side?.lab.stop());

const leave = async (host: LabHost): Promise<void> => {
  await side.reset(host);
  await must(firstOf(side.lab), `kubectl --kubeconfig /etc/kubernetes/admin.conf delete node ${host.name}`);
};

test.each([
  ["worker", 1],
  ["control-plane", 2],
] as const)("a %s that joins phase by phase is as after a whole join, which finds nothing more to do", async (as, nth) => {
  const host = hostOf(side.lab, nth);
  await side.join(host, as);
  const whole = normalise(await pictureAtRest(side, host));
  await leave(host);
  for (const phase of phases[as]) {
    const { code, stdout, stderr } = await kbsOn(host, ["join", "phase", ...phase, ...file]);
    expect(`${phase.join(" ")}: ${code}\n${stdout}${stderr}`).toMatch(`${phase.join(" ")}: 0\n`);
  }
  expect(compare(whole, normalise(await pictureAtRest(side, host))).filter(isMoreThanTime)).toEqual([]);
  expect(await kbsOn(host, ["join", ...file])).toMatchObject({ code: 0, stderr: expect.stringContaining("0 changes") });
});
