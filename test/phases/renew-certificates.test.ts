import { expect, test } from "vitest";
import { type RenewContext, renewPhases } from "../../src/phases/renew-certificates.ts";
import type { RenewedFile } from "../../src/pki/renew.ts";
import { fakeHost, fakeMachine } from "../support/fake-host.ts";
import { cp1 } from "../templates/cluster.ts";

const pki = "/etc/kubernetes/pki";
const file = (path: string): RenewedFile => ({ path, mode: 0o600, secret: true, content: Buffer.from(`new ${path}`) });

const contextOf = (...paths: readonly string[]): RenewContext => ({
  hosts: [cp1],
  touched: new Set(["cp1"]),
  door: () => fakeHost(fakeMachine("cp1")).host,
  ticket: { cluster: { id: "", name: "" }, run: "r" },
  renewed: new Map([["cp1", paths.map(file)]]),
  see: async () => undefined,
  prove: async () => undefined,
  settle: async () => undefined,
});

/** What each phase would change on the host: files by their paths, restarts by the component. */
const wishes = (context: RenewContext) =>
  renewPhases
    .filter((phase) => phase.hosts(context).length > 0)
    .map((phase) => [
      phase.id,
      (phase.wish?.(context, "cp1") ?? []).map((change) => {
        if (change.kind === "made") return change.path;
        return change.kind === "static-pod" ? `load ${change.name}` : change.kind === "command" ? change.name : change.kind;
      }),
    ]);

test("each component is started anew with its own files, who serves before who asks, and users' files start nothing", () => {
  const all = contextOf(
    "/etc/kubernetes/admin.conf",
    `${pki}/apiserver.key`,
    `${pki}/apiserver.crt`,
    `${pki}/etcd/server.key`,
    `${pki}/etcd/server.crt`,
    "/etc/kubernetes/controller-manager.conf",
    "/etc/kubernetes/scheduler.conf",
  );
  expect(wishes(all)).toEqual([
    ["see-components", []],
    ["renew-users", ["/etc/kubernetes/admin.conf"]],
    ["renew-etcd", [`${pki}/etcd/server.key`, `${pki}/etcd/server.crt`, "restart etcd with its renewed certificates"]],
    ["renew-kube-apiserver", [`${pki}/apiserver.key`, `${pki}/apiserver.crt`, "restart kube-apiserver with its renewed certificates"]],
    ["renew-kube-controller-manager", ["/etc/kubernetes/controller-manager.conf", "load kube-controller-manager"]],
    ["renew-kube-scheduler", ["/etc/kubernetes/scheduler.conf", "load kube-scheduler"]],
    ["prove-components", []],
    ["forget-former", []],
  ]);
});

test("a component of which nothing was renewed is left alone, and a cluster of kbs's keeps what a reset needs", () => {
  const ticket = { cluster: { id: "c1", name: "demo" }, run: "r" };
  expect(wishes({ ...contextOf("/etc/kubernetes/scheduler.conf"), ticket })).toEqual([
    ["see-components", []],
    ["renew-users", []],
    ["renew-kube-scheduler", ["/etc/kubernetes/scheduler.conf", "load kube-scheduler"]],
    ["prove-components", []],
  ]);
});

test("no component is touched before all in front of it are proven, whichever of them have something to do", () => {
  const ids = renewPhases.map(({ id }) => id);
  expect(ids).toEqual([
    "see-components",
    "renew-users",
    "renew-etcd",
    "renew-kube-apiserver",
    "renew-kube-controller-manager",
    "renew-kube-scheduler",
    "prove-components",
    "forget-former",
  ]);
  expect(renewPhases.map(({ needs = [] }) => needs)).toEqual(
    ids.map((_, nth) => ids.slice(0, nth).map((phase) => ({ phase, on: "here" }))),
  );
});
