import { describe, expect, test } from "vitest";
import { leadingControlPlane } from "../../src/actions/leading.ts";
import type { KubernetesFact } from "../../src/facts/kubernetes.ts";
import { cluster, healthy } from "../preflight/hosts.ts";

const apiServer = "/etc/kubernetes/manifests/kube-apiserver.yaml";
const { hosts } = cluster(
  {},
  { hosts: ["cp1", "cp2", "cp3"].map((name, nth) => ({ name, address: `10.0.0.${nth + 1}`, roles: ["control-plane"] })) },
);

/** Whom it falls on, where these hosts have these traces and all others none. */
const first = (found: Readonly<Record<string, Partial<KubernetesFact>>>, silent: readonly string[] = []): string | undefined => {
  const there = hosts.filter(({ name }) => !silent.includes(name));
  const facts = new Map(
    there.map(({ name }, nth) => {
      const { kubernetes } = healthy(nth + 1);
      return [name, { kubernetes: { ...kubernetes, ...found[name] } }];
    }),
  );
  return leadingControlPlane(there, facts)?.name;
};

const began = { etcd: { initialCluster: "cp1=https://10.0.0.1:2380", hasData: true }, manifests: ["/etc/kubernetes/manifests/etcd.yaml"] };
const joining = {
  etcd: { initialCluster: "a=b,c=d", initialState: "existing", hasData: true },
  manifests: ["/etc/kubernetes/manifests/etcd.yaml"],
};
const joined = { ...joining, manifests: [...joining.manifests, apiServer] };

describe("the first control plane is", () => {
  test("the first of the file where no host runs the cluster", () => {
    expect(first({})).toBe("cp1");
  });

  test("the first of the file that runs the cluster, not one that is new at its top", () => {
    expect(first({ cp2: joined, cp3: joined })).toBe("cp2");
    expect(first({ cp1: joined, cp2: began })).toBe("cp1");
  });

  test("another one where the first is dead", () => {
    expect(first({ cp2: joined, cp3: joined }, ["cp1"])).toBe("cp2");
  });

  test("never one whose etcd was to join others and has no API server yet", () => {
    expect(first({ cp1: joining, cp2: began })).toBe("cp2");
  });
});
