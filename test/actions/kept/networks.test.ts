import { expect, test } from "vitest";
import { refuseOtherNetworks } from "../../../src/actions/kept/networks.ts";
import { cluster, withKubernetes } from "../../templates/cluster.ts";

const { podSubnet, serviceSubnet, dnsDomain } = cluster.kubernetes;
const networks = { podSubnet, serviceSubnet, dnsDomain };

const owned = (id: string, made?: typeof networks) => ({ ownership: { id, name: cluster.name, ...(made && { networks: made }) } });

test.each([
  ["podSubnet", "10.99.0.0/16"],
  ["serviceSubnet", "10.98.0.0/16"],
  ["dnsDomain", "example.com"],
] as const)("a cluster that lives keeps its %s, which is told with where and what it was", (field, value) => {
  const facts = new Map([
    ["w1", owned("0f0e")],
    ["cp1", owned("0f0e", networks)],
  ]);
  expect(() => refuseOtherNetworks(cluster, facts, "0f0e")).not.toThrow();
  expect(() => refuseOtherNetworks(withKubernetes({ [field]: value }), facts, "0f0e")).toThrow(
    expect.objectContaining({
      exit: "usage",
      message: `${cluster.source}: spec.kubernetes.${field} is ${value}, but the cluster was made with ${networks[field]}`,
      details: expect.objectContaining({ hint: `write ${field}: ${networks[field]}; or delete the cluster and create it again` }),
    }),
  );
});

test("a cluster is not held to what a former one of its name had, of which a host still tells", () => {
  const facts = new Map([
    ["w1", owned("former", { ...networks, podSubnet: "10.99.0.0/16" })],
    ["cp1", owned("0f0e", networks)],
  ]);
  expect(() => refuseOtherNetworks(cluster, facts, "0f0e")).not.toThrow();
});
