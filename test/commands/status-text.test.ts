import { describe, expect, test } from "vitest";
import type { CertificateStatus, ClusterStatus } from "../../src/actions/status/types.ts";
import { statusText } from "../../src/commands/status-text.ts";

const certificate = (name: string, daysLeft: number): CertificateStatus => ({
  name,
  host: "cp1",
  expires: new Date(Date.UTC(2026, 10, 21) + daysLeft * 86_400_000).toISOString(),
  daysLeft,
});

const healthy: ClusterStatus = {
  cluster: "demo",
  kubernetes: "v1.36.3",
  hosts: [
    {
      name: "cp1",
      address: "10.0.0.11",
      reachable: true,
      clusterId: "5f3a",
      units: [
        { name: "kubelet", state: "active" },
        { name: "containerd", state: "active" },
      ],
    },
  ],
  nodes: [{ name: "cp1", ready: true, version: "v1.36.3", roles: ["control-plane"], internalIp: "10.0.0.11" }],
  components: [
    { name: "etcd-cp1", kind: "static-pod", node: "cp1", ready: true },
    { name: "coredns-6f6b679f8f-2x7kq", kind: "system-pod", node: "cp1", ready: true },
  ],
  etcd: [{ name: "cp1", peerUrl: "https://10.0.0.11:2380", isLearner: false, healthy: true }],
  certificates: [certificate("apiserver", 365), certificate("admin.conf", 365), certificate("ca", 3650)],
  waiting: [],
};

describe("the status of a cluster", () => {
  test("that is well fits a screen, with certificates that end together in a row", () => {
    expect(statusText(healthy, false)).toMatchInlineSnapshot(`
      "demo  Kubernetes v1.36.3
      everything is ready

      Hosts
      NAME  ADDRESS    REACHABLE  CLUSTER ID  UNITS
      cp1   10.0.0.11  yes        5f3a        kubelet active, containerd active

      Nodes
      NAME  STATE  ROLES          VERSION  INTERNAL IP
      cp1   Ready  control-plane  v1.36.3  10.0.0.11

      Components
      NAME                      KIND    NODE  STATE
      etcd-cp1                  static  cp1   ready
      coredns-6f6b679f8f-2x7kq  system  cp1   ready

      etcd
      MEMBER  PEER URL                VOTE   STATE
      cp1     https://10.0.0.11:2380  voter  healthy

      Certificates
      HOST  ENDS        LEFT       NAMES
      cp1   2027-11-21  365 days   apiserver, admin.conf
      cp1   2036-11-18  3650 days  ca
      "
    `);
  });

  test("tells first what is not ready and what ends soon", () => {
    const { kubernetes: _, ...silent } = healthy;
    const ill: ClusterStatus = {
      ...silent,
      hosts: [...healthy.hosts, { name: "w1", address: "10.0.0.21", reachable: false, problem: "no route", units: [] }],
      nodes: [{ name: "w1", ready: false, why: "its kubelet stopped reporting", version: "v1.36.3", roles: [], internalIp: "10.0.0.21" }],
      components: [{ name: "coredns-1", kind: "system-pod", ready: false, why: "not scheduled" }],
      certificates: [certificate("apiserver", 12), certificate("ca", -1)],
      waiting: ["host w1 is not reachable: no route"],
    };
    expect(statusText(ill, false)).toMatchInlineSnapshot(`
      "demo  Kubernetes does not answer
      not ready: host w1 is not reachable: no route
      certificate apiserver on cp1: ends in 12 days
      certificate ca on cp1: expired

      Hosts
      NAME  ADDRESS    REACHABLE     CLUSTER ID  UNITS
      cp1   10.0.0.11  yes           5f3a        kubelet active, containerd active
      w1    10.0.0.21  no: no route

      Nodes
      NAME  STATE                                     ROLES   VERSION  INTERNAL IP
      w1    not ready: its kubelet stopped reporting  <none>  v1.36.3  10.0.0.21

      Components
      NAME       KIND    NODE    STATE
      coredns-1  system  <none>  not ready: not scheduled

      etcd
      MEMBER  PEER URL                VOTE   STATE
      cp1     https://10.0.0.11:2380  voter  healthy

      Certificates
      HOST  ENDS        LEFT     NAMES
      cp1   2026-12-03  12 days  apiserver
      cp1   2026-11-20  expired  ca
      "
    `);
  });
});
