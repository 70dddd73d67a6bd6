import { expect, test } from "vitest";
import { parse } from "yaml";
import { readKubeconfig } from "../../../src/pki/kubeconfig/kubeconfig.ts";
import { operatorKubeconfig, operatorServer } from "../../../src/pki/kubeconfig/operator.ts";
import { cluster, cp1, w1, withKubernetes } from "../../templates/cluster.ts";
import { issue, textOf } from "../support.ts";

const withAddress = (address: string) => ({ ...cluster, hosts: [{ ...cp1, address }, w1] });

test.each([
  [
    "the address to which SSH goes, where the cluster knows itself by an internal one",
    withAddress("203.0.113.7"),
    "https://203.0.113.7:6443",
  ],
  ["a name to which SSH goes", withAddress("cp1.example.com"), "https://cp1.example.com:6443"],
  ["an IPv6 address, in brackets", withAddress("2001:db8::7"), "https://[2001:db8::7]:6443"],
  ["the internal address where only SSH's own configuration knows the name", withAddress("my_host"), "https://10.0.0.11:6443"],
  [
    "the internal address of this very machine",
    { ...cluster, hosts: [{ ...cp1, address: "localhost", local: true }] },
    "https://10.0.0.11:6443",
  ],
  [
    "the control-plane endpoint where there is one",
    { ...withAddress("203.0.113.7"), controlPlaneEndpoint: { host: "k8s.example.com", port: 8443 } },
    "https://k8s.example.com:8443",
  ],
  [
    "the address to which SSH goes, where only the cluster's own hosts know the endpoint",
    {
      ...withAddress("203.0.113.7"),
      loadBalancer: "haproxy" as const,
      controlPlaneEndpoint: { host: "lb.demo.cluster.local", port: 6443 },
    },
    "https://203.0.113.7:6443",
  ],
  [
    "the internal address, where they alone know the endpoint and SSH's configuration alone that name",
    { ...withAddress("my_host"), loadBalancer: "haproxy" as const, controlPlaneEndpoint: { host: "lb.demo.cluster.local", port: 6443 } },
    "https://10.0.0.11:6443",
  ],
  [
    "the port on which the API server listens",
    {
      ...withKubernetes({ apiServer: { extraArgs: [], certSANs: [], bindPort: 7443 } }),
      controlPlaneEndpoint: { host: "10.0.0.11", port: 7443 },
    },
    "https://10.0.0.11:7443",
  ],
])("an operator goes to %s", (_, of, server) => {
  expect(operatorServer(of)).toBe(server);
});

test("an operator's kubeconfig has the administrator's credentials under the cluster's own name", async () => {
  const admin = textOf(await issue(), "admin.conf");
  const text = operatorKubeconfig(admin, withAddress("203.0.113.7")) ?? "";
  expect(readKubeconfig(text)).toEqual({ ...readKubeconfig(admin), clusterName: "demo", server: "https://203.0.113.7:6443" });
  expect(parse(text)).toMatchObject({
    clusters: [{ name: "demo" }],
    users: [{ name: "demo-admin" }],
    contexts: [{ name: "demo", context: { cluster: "demo", user: "demo-admin" } }],
    "current-context": "demo",
  });
});

test("what is no administrator's kubeconfig is none", () => {
  expect(operatorKubeconfig("", cluster)).toBeUndefined();
  expect(operatorKubeconfig("clusters: []\n", cluster)).toBeUndefined();
});
