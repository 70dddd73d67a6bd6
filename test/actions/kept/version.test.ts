import { describe, expect, test } from "vitest";
import { refuseOtherServer, refuseOtherVersion } from "../../../src/actions/kept/version.ts";
import { isLater } from "../../../src/config/versions.ts";
import { healthy } from "../../preflight/hosts.ts";
import { cluster, withKubernetes } from "../../templates/cluster.ts";
import { serveApi } from "../api.ts";

test("versions are compared number by number; what cannot be read is not later", () => {
  const later = ["v1.36.4", "v1.100.0", "v2.0.0"];
  const others = ["v1.36.3", "v1.4.9", "v1.35.99", "", "v1.36.3-rc.1"];
  expect([...later, ...others].filter((version) => isLater(version, "v1.36.3"))).toEqual(later);
});

const ownership = { id: "0f0e", name: cluster.name };

/** Control planes of the cluster that run these. */
const running = (...versions: readonly (string | undefined)[]) =>
  new Map(
    versions.map((apiServerVersion, nth) => {
      const { kubernetes, ...facts } = healthy(nth + 1);
      return [
        `cp${nth + 1}`,
        { ...facts, ownership, kubernetes: { ...kubernetes, ...(apiServerVersion && { apiServerVersion }) } },
      ] as const;
    }),
  );

const ask =
  (version: string, ...runs: readonly (string | undefined)[]) =>
  () =>
    refuseOtherVersion(withKubernetes({ version }), running(...runs));

describe("a cluster that lives keeps its version", () => {
  test("the one that runs may be asked for, and any where none runs yet", () => {
    expect(ask("v1.36.3", "v1.36.3", undefined)).not.toThrow();
    expect(ask("v1.37.0", undefined)).not.toThrow();
    expect(ask("v1.36.0+up.1", "v1.36.0_up.1")).not.toThrow();
    expect(ask("v1.36.3", "v1.36.3-patched")).not.toThrow();
  });

  test("a version is not lowered", () => {
    expect(ask("v1.35.4", "v1.36.3")).toThrow(
      expect.objectContaining({
        exit: "usage",
        message: `${cluster.source} asks for Kubernetes v1.35.4, but the API server of cp1 runs v1.36.3`,
        details: expect.objectContaining({ probably: expect.stringContaining("a version is never lowered") }),
      }),
    );
  });

  test.each(["v1.36.4", "v1.37.0"])("to %s would be an upgrade, which is refused by its name", (version) => {
    const details = {
      probably: "this would be an upgrade, which this version of kbs cannot do yet",
      hint: expect.stringContaining("v1.36.3"),
    };
    expect(ask(version, version, "v1.36.3")).toThrow(
      expect.objectContaining({ message: expect.stringContaining("cp2 runs v1.36.3"), details: expect.objectContaining(details) }),
    );
  });

  test("over more than one minor it would be too far even so", () => {
    const probably = expect.stringContaining("one minor version at a time");
    expect(ask("v1.37.0", "v1.35.4")).toThrow(expect.objectContaining({ details: expect.objectContaining({ probably }) }));
  });

  test("what another cluster runs is not its affair", () => {
    const others = [...running("v1.35.4")].map(
      ([name, facts]) => [name, { ...facts, ownership: { ...ownership, name: "other" } }] as const,
    );
    expect(() => refuseOtherVersion(cluster, new Map(others))).not.toThrow();
  });
});

describe("a machine that joins has to get on with the API server that answers", () => {
  let gitVersion = "";
  const api = serveApi(() => (gitVersion === "" ? {} : { "GET /version": { gitVersion } }));
  const join = async (configured: string, serves: string, asControlPlane = false): Promise<void> => {
    gitVersion = serves;
    const { signal } = new AbortController();
    await refuseOtherServer(withKubernetes({ version: configured }), api.kube(), { asControlPlane, signal });
  };

  test("a worker may be three minors behind, a control plane one", async () => {
    await expect(join("v1.36.3", "v1.36.9")).resolves.toBeUndefined();
    await expect(join("v1.35.4", "v1.38.0")).resolves.toBeUndefined();
    await expect(join("v1.35.4", "v1.36.0", true)).resolves.toBeUndefined();
    await expect(join("v1.35.4", "v1.39.0")).rejects.toThrow("a kubelet and its API server may be 3 minor versions apart");
    await expect(join("v1.35.4", "v1.37.0", true)).rejects.toThrow("control planes may be 1 minor version apart");
  });

  test("an API server that is older than what the cluster is configured for gets no kubelet of the new version", async () => {
    await expect(join("v1.37.0", "v1.36.3")).rejects.toMatchObject({
      exit: "preflight",
      message:
        "the cluster is configured for Kubernetes v1.37.0, but its API server runs v1.36.3: a kubelet must not be newer than its API server",
    });
  });

  test("a server that does not answer this at all is told as it is", async () => {
    await expect(join("v1.36.3", "")).rejects.toMatchObject({ code: 404 });
  });
});
