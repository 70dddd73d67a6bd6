import { describe, expect, test } from "vitest";
import type { CheckContext, Finding } from "../../src/preflight/check.ts";
import { questionnaire } from "../../src/preflight/index.ts";
import { cluster, healthy, onControlPlane, running, withSecond } from "./hosts.ts";

// What is asked of the hosts of a cluster with IPv6, alone or beside IPv4.

const ask = (id: string, context: CheckContext): Finding | undefined => {
  const check = questionnaire.find((known) => known.id === id) ?? expect.fail(`no check ${id}`);
  return check.appliesTo(context) ? check.ask(context) : undefined;
};

const both = { podSubnet: "10.244.0.0/16,fd00:244::/56", serviceSubnet: "10.96.0.0/12,fd00:96::/112" };
const host = { ...onControlPlane().host, secondAddress: "fd00::11" };
const dual = (facts: Parameters<typeof onControlPlane>[0] = {}, plugin: "flannel" | "none" = "flannel") =>
  onControlPlane({ network: withSecond("eth0", "fd00::11/64"), ...facts }, { cluster: cluster(both, { network: { plugin } }), host });

const alone = (plugin: "flannel" | "none") => ({ ...dual({}, plugin), host: onControlPlane().host });

describe("a node of both families", () => {
  test("has both addresses, written in whatever way", () => {
    expect(ask("internal-address", dual({ network: withSecond("eth0", "FD00:0:0::11/64") }))).toBeUndefined();
    expect(ask("internal-address", dual({ network: healthy(1).network }))?.problem).toBe(
      "no network interface has the node's address fd00::11",
    );
  });

  test("may have one alone where the pod network is somebody else's, who is told", () => {
    expect(ask("both-addresses", alone("flannel"))).not.toHaveProperty("severity");
    expect(ask("both-addresses", alone("none"))).toMatchObject({
      problem: expect.stringMatching(/10\.0\.0\.11 alone/),
      severity: "warning",
    });
  });

  test("has them on one interface for flannel, which sends all over one", () => {
    const apart = dual({ network: withSecond("eth1", "fd00::11/64") });
    expect(ask("both-addresses", apart)?.problem).toBe(
      "10.0.0.11 is on eth0 and fd00::11 on eth1, and flannel sends both families over one interface",
    );
    expect(ask("both-addresses", dual({ network: withSecond("eth1", "fd00::11/64") }, "none"))).toBeUndefined();
  });

  test("needs a way out for Services of each", () => {
    expect(ask("default-route", dual())).toBeUndefined();
    const { network } = healthy(1);
    expect(ask("default-route", dual({ network }))).toMatchObject({
      problem: expect.stringMatching(/^there is no default route of IPv6: .*\(fd00:96::\/112\)/),
      remedy: expect.stringContaining("ip -6 route add fd00:96::/112 dev INTERFACE"),
    });
    const routes = [...network.routes, { destination: "fd00:96::/108", device: "eth0", family: 6 } as const];
    expect(ask("default-route", dual({ network: { ...network, routes } }))).toBeUndefined();
  });

  test("has neither range of pods nor of Services on its networks", () => {
    const own = dual({ network: withSecond("eth0", "fd00:244::11/64") });
    expect(ask("subnets", own)).toMatchObject({
      problem: "podSubnet fd00:244::/56 overlaps fd00:244::11/64 of eth0",
      remedy: expect.stringContaining("such as fd00:30::/108"),
    });
  });

  test("forwards both, or can be told to", () => {
    const values = { "net.ipv4.ip_forward": "1", "net.ipv6.conf.default.forwarding": "0" };
    expect(ask("ip-forward", dual({ sysctls: { values, readOnly: true } }))?.problem).toMatch(/ipv6\.conf\.default\.forwarding is 0/);
    expect(ask("ip-forward", dual({ sysctls: { values, readOnly: false } }))).toBeUndefined();
  });

  test("has a kernel with IPv6", () => {
    const sysctls = { values: { "net.ipv4.ip_forward": "1" }, readOnly: false };
    expect(ask("ip-forward", dual({ sysctls }))?.problem).toBe("the kernel has no IPv6, which the cluster uses");
    expect(ask("ip-forward", onControlPlane({ sysctls }))).toBeUndefined();
  });

  test("is told to let pods of each through its firewall", () => {
    expect(ask("firewall", dual({ systemd: running("firewalld") }))?.remedy).toMatch(
      /--add-source=10\.244\.0\.0\/16; .*--add-source=fd00:244::\/56;/,
    );
  });
});

test("a node of IPv6 alone needs no route of IPv4", () => {
  const single = cluster({ podSubnet: "fd00:244::/56", serviceSubnet: "fd00:96::/112" });
  const { network } = dual().facts;
  const routes = network.routes.filter(({ family }) => family === 6);
  const alone = { ...onControlPlane().host, internalAddress: "fd00::11" };
  const context = onControlPlane({ network: { ...network, routes } }, { cluster: single, host: alone });
  expect(["default-route", "internal-address", "both-addresses", "subnets"].map((id) => ask(id, context))).toEqual(
    Array(4).fill(undefined),
  );
});
