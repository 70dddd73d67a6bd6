import { describe, expect, test } from "vitest";
import { certificates, isLeaf, kubeconfigs, pkiPaths, textFor } from "../../src/pki/table.ts";
import { names } from "./support.ts";

const leaves = certificates.filter(isLeaf);

describe("the certificate table", () => {
  test("has kubeadm's certificates in kubeadm's order", () => {
    expect(certificates.map(({ name }) => name)).toEqual([
      "ca",
      "apiserver",
      "apiserver-kubelet-client",
      "front-proxy-ca",
      "front-proxy-client",
      "etcd-ca",
      "etcd-server",
      "etcd-peer",
      "etcd-healthcheck-client",
      "apiserver-etcd-client",
    ]);
  });

  test("puts the CA of every leaf before it", () => {
    const misplaced = leaves.filter((leaf) => {
      const ca = certificates.findIndex((row) => row.name === leaf.ca && !isLeaf(row));
      return ca < 0 || ca > certificates.indexOf(leaf);
    });
    expect(misplaced).toEqual([]);
  });

  test("uses every CA", () => {
    expect(certificates.filter((row) => !isLeaf(row)).map(({ name }) => name)).toEqual([...new Set(leaves.map(({ ca }) => ca))]);
  });

  test("names every row and every file once", () => {
    expect(new Set(certificates.map(({ name }) => name)).size).toBe(certificates.length);
    expect(new Set(pkiPaths).size).toBe(pkiPaths.length);
    expect(pkiPaths).toHaveLength(2 * certificates.length + 2 + kubeconfigs.length);
  });

  test("gives every leaf a use, and names to whoever serves", () => {
    expect(leaves.filter(({ usages }) => usages.length === 0)).toEqual([]);
    expect(leaves.filter(({ usages, sans }) => usages.includes("serverAuth") !== (sans !== undefined))).toEqual([]);
  });

  test("lets etcd use its server certificate as a client too", () => {
    for (const name of ["etcd-server", "etcd-peer"]) {
      expect(leaves.find((leaf) => leaf.name === name)?.usages).toEqual(["serverAuth", "clientAuth"]);
    }
  });

  test("gives nobody in the pki folder an organization", () => {
    expect(leaves.filter(({ organization }) => organization !== undefined)).toEqual([]);
  });
});

const apiServer = (more: Partial<typeof names>) => leaves.find(({ name }) => name === "apiserver")?.sans?.({ ...names, ...more });

describe("the names of the API server", () => {
  test("are kubeadm's, and the address where SSH goes", () => {
    expect(apiServer({})).toEqual({
      dns: ["cp1", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"],
      ips: ["10.96.0.1", "10.0.0.11", "203.0.113.7"],
    });
  });

  test("include the endpoint of the control plane, be it a name or an address", () => {
    expect(apiServer({ controlPlaneEndpoint: { host: "K8s.Example.com", port: 6443 } })?.dns).toContain("k8s.example.com");
    expect(apiServer({ controlPlaneEndpoint: { host: "10.0.0.10", port: 6443 } })?.ips).toEqual([
      "10.96.0.1",
      "10.0.0.11",
      "10.0.0.10",
      "203.0.113.7",
    ]);
  });

  test("stand once, whatever repeats them", () => {
    const sans = apiServer({ address: "10.0.0.11", apiServerSans: ["CP1", "10.0.0.11", "::ffff:10.0.0.11", "*.example.com"] });
    expect(sans?.ips).toEqual(["10.96.0.1", "10.0.0.11"]);
    expect(sans?.dns.filter((name) => name === "cp1")).toHaveLength(1);
    expect(sans?.dns[0]).toBe("*.example.com");
  });

  test("leave out an SSH alias that is no DNS name", () => {
    expect(apiServer({ address: "my_host" })?.dns).toEqual(apiServer({})?.dns);
  });

  test.each(["my_host", "*.*.example.com", "fe80::1%eth0", "10.0.0.256", "010.0.0.1", "a..b", "-a", "https://x", ""])(
    "refuse %j, which no certificate can hold, by a sentence that shows it",
    (bad) => {
      expect(() => apiServer({ apiServerSans: [bad] })).toThrow(`"${bad}" cannot stand in a certificate`);
    },
  );
});

test("etcd's names are the node, localhost and the loopback addresses", () => {
  for (const [name, extra] of [
    ["etcd-server", "server.example.com"],
    ["etcd-peer", "peer.example.com"],
  ] as const) {
    const row = leaves.find((leaf) => leaf.name === name);
    const wish = { ...names, etcdServerSans: ["server.example.com"], etcdPeerSans: ["peer.example.com"] };
    expect(row?.sans?.(wish)).toEqual({ dns: ["cp1", "localhost", extra].toSorted(), ips: ["10.0.0.11", "127.0.0.1", "::1"] });
    expect(row === undefined ? "" : textFor(row.commonName, names)).toBe("cp1");
  }
});

const servers = (more: Partial<typeof names>) => kubeconfigs.map(({ name, server }) => `${name} ${server({ ...names, ...more })}`);

test("kubeconfigs aim at the endpoint, or at their own host", () => {
  expect(servers({ controlPlaneEndpoint: { host: "k8s.example.com", port: 8443 } })).toEqual([
    "admin.conf https://k8s.example.com:8443",
    "super-admin.conf https://k8s.example.com:8443",
    "kubelet.conf https://10.0.0.11:6443",
    "controller-manager.conf https://10.0.0.11:6443",
    "scheduler.conf https://10.0.0.11:6443",
  ]);
  expect(servers({ advertiseAddress: "fd00::11" })[0]).toBe("admin.conf https://[fd00::11]:6443");
});
