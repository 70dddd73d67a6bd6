import { describe, expect, test } from "vitest";
import { refuseOtherPlaces } from "../../../src/actions/kept/places.ts";
import type { Cluster } from "../../../src/config/types.ts";
import type { KubernetesFact } from "../../../src/facts/kubernetes.ts";
import { UserError } from "../../../src/shared/errors.ts";
import { healthy } from "../../preflight/hosts.ts";
import { cluster } from "../../templates/cluster.ts";

const lives: Partial<KubernetesFact> = {
  etcd: { initialCluster: "cp1=https://10.0.0.11:2380", hasData: true, dataDir: "/var/lib/etcd" },
  clientCaFile: "/etc/kubernetes/pki/ca.crt",
  apiServerPort: 6443,
};

interface Case {
  readonly etcd?: Partial<Cluster["etcd"]>;
  readonly kubernetes?: Partial<Cluster["kubernetes"]>;
  readonly found?: Partial<KubernetesFact>;
  readonly owner?: string;
  readonly files?: readonly string[];
}

const judge = ({ etcd, kubernetes, found = lives, owner = cluster.name, files = ["/etc/kubernetes/pki/ca.crt"] }: Case) => {
  const wished: Cluster = { ...cluster, etcd: { ...cluster.etcd, ...etcd }, kubernetes: { ...cluster.kubernetes, ...kubernetes } };
  const known = { ownership: { id: "0f0e", name: owner }, kubernetes: { ...healthy(1).kubernetes, ...found } };
  const pki = new Map(files.map((path) => [path, { mode: 0o644, content: Buffer.from("") }]));
  try {
    refuseOtherPlaces(wished, { facts: new Map([["cp1", known]]), pkiFound: new Map([["cp1", pki]]) });
    return undefined;
  } catch (error) {
    return error instanceof UserError ? `${error.message} | ${error.details.hint}` : expect.fail(String(error));
  }
};

describe("a living cluster keeps", () => {
  test("what is as it was", () => expect(judge({})).toBeUndefined());

  test("the folder of etcd's data: a member in another one would begin an empty cluster", () => {
    expect(judge({ etcd: { dataDir: "/mnt/ssd/etcd" } })).toMatch(
      /etcd's data would be \/mnt\/ssd\/etcd, but \/var\/lib\/etcd in the cluster demo \(cp1 says\) \| write \/var\/lib\/etcd \(spec\.etcd\.dataDir/,
    );
  });

  test("the folder of its certificates: in another one there is no CA", () => {
    const moved = { kubernetes: { certificatesDir: "/data/pki" } };
    expect(judge(moved)).toMatch(/certificates would be \/data\/pki, but \/etc\/kubernetes\/pki in the cluster demo .* \| .*--cert-dir/);
    expect(judge({ found: { ...lives, clientCaFile: "/data/pki/ca.crt" }, files: [] })).toMatch(
      /would be \/etc\/kubernetes\/pki, but \/data\/pki/,
    );
  });

  test("the API server's port: kubelets ask there", () => {
    expect(judge({ kubernetes: { apiServer: { ...cluster.kubernetes.apiServer, bindPort: 7443 } } })).toMatch(
      /the API server's port would be 7443, but 6443/,
    );
  });
});

describe("nothing is said", () => {
  test.each<readonly [string, Case]>([
    [
      "of an etcd that was never started",
      { etcd: { dataDir: "/mnt/ssd/etcd" }, found: { ...lives, etcd: { initialCluster: "", hasData: false } } },
    ],
    ["where clients have a CA of their own", { found: { ...lives, clientCaFile: "/opt/clients/ca.crt" } }],
    ["of a bundle of CAs for clients", { found: { ...lives, clientCaFile: "/etc/kubernetes/pki/clients.crt" }, files: [] }],
    ["of a host without a control plane", { found: {}, files: [] }],
    ["of another cluster's host, which preflight refuses", { owner: "other", etcd: { dataDir: "/mnt/ssd/etcd" } }],
  ])("%s", (_, one) => expect(judge(one)).toBeUndefined());
});
