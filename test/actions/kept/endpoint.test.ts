import { describe, expect, test } from "vitest";
import { keepEndpoint } from "../../../src/actions/kept/endpoint.ts";
import { cluster, healthy } from "../../preflight/hosts.ts";

const host = (name: string, nth: number) => ({ name, address: `10.0.0.${nth}`, roles: ["control-plane"] as const });
const wished = (names: readonly (readonly [string, number])[], endpoint?: string) =>
  cluster({}, { hosts: names.map(([name, nth]) => host(name, nth)), ...(endpoint !== undefined && { controlPlaneEndpoint: endpoint }) });

/** How a cluster which cp2 runs, made with this server, sees a file. */
const kept = (file: ReturnType<typeof wished>, server: string) => {
  const warnings: string[] = [];
  const content = Buffer.from(
    `apiVersion: v1\nkind: Config\nclusters: [{name: k, cluster: {server: "${server}"}}]\nusers: [{name: u, user: {}}]\ncontexts: [{name: c, context: {cluster: k, user: u}}]\ncurrent-context: c\n`,
  );
  const facts = new Map(
    file.hosts.map(({ name }, nth) => {
      const found = healthy(nth + 1);
      const manifests = name === "cp2" ? ["/etc/kubernetes/manifests/kube-apiserver.yaml"] : [];
      return [name, { ...found, kubernetes: { ...found.kubernetes, manifests } }];
    }),
  );
  const pkiFound = new Map([["cp2", new Map([["/etc/kubernetes/admin.conf", { mode: 0o600, content }]])]]);
  return { endpoint: keepEndpoint(file, { facts, pkiFound }, (text) => void warnings.push(text)).controlPlaneEndpoint, warnings };
};

const newOnTop = [
  ["cp0", 10],
  ["cp2", 12],
] as const;

describe("a cluster whose file names no endpoint", () => {
  test("keeps the one that it was made with, whoever stands first in the file now", () => {
    expect(kept(wished(newOnTop), "https://10.0.0.12:6443")).toEqual({ endpoint: { host: "10.0.0.12", port: 6443 }, warnings: [] });
    expect(kept(wished(newOnTop), "https://k8s.example.com:6443").endpoint.host).toBe("k8s.example.com");
  });

  test("says so when that is no host's address any more", () => {
    expect(kept(wished(newOnTop), "https://10.0.0.11:6443")).toEqual({
      endpoint: { host: "10.0.0.11", port: 6443 },
      warnings: ["every node of demo reaches the API at 10.0.0.11, the address of no host in cluster.yaml"],
    });
  });
});

test("an endpoint that the file names is as the file says", () => {
  expect(kept(wished(newOnTop, "new.example.com"), "https://10.0.0.12:6443").endpoint).toEqual({ host: "new.example.com", port: 6443 });
});
