import { describe, expect, test } from "vitest";
import { refuseOtherEtcd } from "../../../src/actions/kept/etcd.ts";
import type { Cluster } from "../../../src/config/types.ts";
import { UserError } from "../../../src/shared/errors.ts";
import { healthy } from "../../preflight/hosts.ts";
import { cluster as plain } from "../../templates/cluster.ts";

const external = { endpoints: ["https://10.0.0.31:2379"] };

const judge = (mode: Cluster["etcd"]["mode"], etcdServers: readonly string[], hasManifest: boolean): string | undefined => {
  const wished: Cluster = {
    ...plain,
    hosts: plain.hosts.map((host, nth) =>
      nth === plain.hosts.length - 1 ? { ...host, roles: ["etcd"], internalAddress: "10.0.0.41" } : host,
    ),
    etcd: { ...plain.etcd, mode, ...(mode === "external" && { external }) },
  };
  const { kubernetes } = healthy(1);
  const etcd = { initialCluster: "cp1=https://10.0.0.11:2380", hasData: true };
  const known = {
    ownership: { id: "0f0e", name: wished.name },
    kubernetes: { ...kubernetes, etcdServers, ...(hasManifest && { etcd }) },
  };
  try {
    refuseOtherEtcd(wished, new Map([["cp1", known]]));
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message;
  }
};

const own = ["https://127.0.0.1:2379"];

describe("a living cluster", () => {
  test("keeps its stacked etcd, and is refused another one by a sentence", () => {
    expect(judge("stacked", own, true)).toBeUndefined();
    expect(judge("dedicated", own, true)).toMatch(/spec\.etcd\.mode is dedicated, but etcd of the cluster .* runs on its control planes/);
    expect(judge("external", own, true)).toMatch(/spec\.etcd\.mode is external, but etcd/);
  });

  test("keeps its stacked etcd where its manifest was taken away by hand, and where it advertises another address", () => {
    expect(judge("stacked", own, false)).toBeUndefined();
    expect(judge("stacked", ["https://etcd.example:2379"], true)).toBeUndefined();
  });

  test("keeps an external etcd, whose endpoints may change", () => {
    expect(judge("external", external.endpoints, false)).toBeUndefined();
    expect(judge("external", ["https://10.0.0.99:2379"], false)).toBeUndefined();
    expect(judge("stacked", external.endpoints, false)).toMatch(
      /is stacked, but etcd of the cluster .* runs at https:\/\/10\.0\.0\.31:2379/,
    );
  });

  test("keeps its dedicated etcd as long as one of its members is in the file", () => {
    expect(judge("dedicated", ["https://10.0.0.41:2379", "https://10.0.0.42:2379"], false)).toBeUndefined();
    expect(judge("dedicated", ["https://10.0.0.42:2379"], false)).toMatch(/is dedicated, but etcd/);
    expect(judge("stacked", ["https://10.0.0.41:2379"], false)).toMatch(/is stacked/);
  });
});
