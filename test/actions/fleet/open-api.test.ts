import { expect, test } from "vitest";
import type { Glimpse } from "../../../src/actions/fleet/first-control-plane.ts";
import { openApi, readAdminConf } from "../../../src/actions/fleet/open-api.ts";
import type { Host } from "../../../src/changes/host.ts";
import type { PkiFilesFact } from "../../../src/facts/index.ts";
import { issue, textOf } from "../../pki/support.ts";
import { deafHost } from "../../support/deaf-host.ts";
import { fakeMachine } from "../../support/fake-host.ts";
import { cluster, cp1, host, withApiServer } from "../../templates/cluster.ts";
import { options } from "../options.ts";

/** A door through which nobody may go. */
const closed = (name: string): Host => {
  const refuse = (): never => expect.fail(`nothing may be asked of ${name}`);
  return { name, send: refuse, hold: refuse, dial: refuse, close: refuse };
};

const fleet = (...reached: readonly string[]): Glimpse["fleet"] => ({
  doors: new Map(reached.map((name) => [name, closed(name)])),
  failures: new Map(),
  close: () => Promise.resolve(),
});

const files = (admin?: string): PkiFilesFact =>
  new Map(admin === undefined ? [] : [["/etc/kubernetes/admin.conf", { mode: 0o600, content: Buffer.from(admin) }]]);

const two = { ...cluster, hosts: [cp1, host("cp2", "10.0.0.12", ["control-plane"])] };

test("the administrator is that of the first control plane that has one and was reached", () => {
  const pkiFound = new Map([
    ["cp1", files()],
    ["cp2", files("of cp2")],
  ]);
  expect(readAdminConf({ cluster: two, fleet: fleet("cp1", "cp2"), pkiFound }, options())).toBe("of cp2");
});

test("a control plane without an administrator means that there is no cluster yet, and what makes it is said", () => {
  const found = { cluster, fleet: fleet("cp1"), pkiFound: new Map([["cp1", files()]]) };
  expect(() => openApi(found, options())).toThrow(
    expect.objectContaining({
      message: expect.stringContaining("the cluster demo is not there yet"),
      exit: "phase",
      details: expect.objectContaining({ host: "cp1", hint: expect.stringContaining('"kbs create cluster -f kbs.yaml"') }),
    }),
  );
});

test("a control plane that was not reached says nothing about the cluster", () => {
  expect(() => openApi({ cluster, fleet: fleet(), pkiFound: new Map() }, options())).toThrow(
    expect.objectContaining({ message: expect.stringContaining("no control plane can be reached"), exit: "unreachable" }),
  );
});

test("an admin.conf that cannot be used is told, and no connection is made", () => {
  const found = { cluster, fleet: fleet("cp1"), pkiFound: new Map([["cp1", files("clusters: []\n")]]) };
  expect(() => openApi(found, options())).toThrow(
    expect.objectContaining({ message: "/etc/kubernetes/admin.conf holds no client certificate", exit: "phase" }),
  );
});

test("an API server that listens at one address is asked there, by every control plane in turn", async () => {
  const wished = withApiServer({ extraArgs: [{ name: "bind-address", value: "10.0.0.11" }] });
  const [one, two] = [deafHost(fakeMachine("cp1")), deafHost(fakeMachine("cp2"))];
  const admin = files(textOf(await issue(), "admin.conf"));
  const found = {
    cluster: { ...wished, hosts: [cp1, host("cp2", "10.0.0.12", ["control-plane"])] },
    fleet: { ...fleet(), doors: new Map([one.host, two.host].map((door) => [door.name, door])) },
    pkiFound: new Map([
      ["cp1", admin],
      ["cp2", admin],
    ]),
  };
  const kube = openApi(found, options());
  await expect(kube.raw("GET", "/version", undefined, { patience: 0 })).rejects.toThrow("connection refused");
  kube.close();
  expect([one.dialled, two.dialled]).toEqual([new Set(["10.0.0.11 6443"]), new Set(["10.0.0.11 6443"])]);
});
