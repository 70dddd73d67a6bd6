import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { judgeFleet } from "../../src/actions/preflight.ts";
import type { HostFacts } from "../../src/facts/index.ts";
import { UserError } from "../../src/shared/errors.ts";
import { cluster, healthy } from "../preflight/hosts.ts";
import { scratch, writeLayout } from "../supply/make.ts";
import { options } from "./options.ts";

let folder = "";
beforeEach(async () => {
  folder = scratch();
  const annotations = { "kbs.kubernetes.version": "v1.36.3", "kbs.platform": "linux/amd64" };
  await writeLayout(join(folder, "kbs-bundle-v1.36.3-linux-amd64.tar"), [], { manifests: [], annotations });
});

const arm = healthy(2, { machine: { ...healthy(2).machine, machine: "aarch64", architecture: "arm64" } });
const notRoot = healthy(2, { machine: { ...healthy(2).machine, uid: 1000 } });
const off = new UserError("10.0.0.12 does not answer on port 22", { exit: "unreachable", hint: "is it on?" });

const judge = (w1: HostFacts | UserError, bundle = folder, ignorePreflight: readonly string[] = []) => {
  const facts = new Map([["cp1", healthy(1)]]);
  const failures = new Map<string, UserError>();
  if (w1 instanceof UserError) failures.set("w1", w1);
  else facts.set("w1", w1);
  const surveyed = {
    cluster: cluster({ version: "v1.36.3" }),
    facts,
    pkiFound: new Map(),
    failures,
    clusterId: "0f0e",
    externalEtcd: new Map(),
    etcdData: new Set<string>(),
    endpointAddresses: new Map(),
  };
  return judgeFleet(surveyed, options({ bundle, ignorePreflight }));
};

describe("preflight ends", () => {
  test("well where every check of every host is content, and there is a bundle", async () => {
    const { outcome, results } = await judge(healthy(2));
    expect(outcome).toEqual({ exit: "done", changed: 0, next: [] });
    expect(results.findings).toEqual([]);
    expect(results.hosts.map(({ asked, passed }) => asked - passed)).toEqual([0, 0]);
  });

  test('as "preflight" where a host is not fit, unless its error is ignored', async () => {
    const { outcome, results } = await judge(notRoot);
    expect(outcome.exit).toBe("preflight");
    expect(results.findings).toMatchObject([{ host: "w1", id: "root", severity: "error" }]);
    expect((await judge(notRoot, folder, ["root"])).outcome.exit).toBe("done");
  });

  test('as "unreachable" where that is all that is wrong', async () => {
    const { outcome, results } = await judge(off);
    expect(outcome.exit).toBe("unreachable");
    expect(results.findings).toMatchObject([{ host: "w1", id: "reachable", problem: off.message, remedy: "is it on?" }]);
  });
});

describe("a bundle", () => {
  test("that is not there is a warning for each host that would need it, and stops no check", async () => {
    const { outcome, results } = await judge(healthy(2), scratch());
    expect(outcome.exit).toBe("done");
    expect(results.findings).toMatchObject(
      ["cp1", "w1"].map((host) => ({
        host,
        id: "bundle",
        severity: "warning",
        problem: expect.stringContaining("no bundle for Kubernetes v1.36.3 on linux/amd64 was found"),
      })),
    );
    expect(results.hosts.map(({ asked, passed }) => asked - passed)).toEqual([1, 1]);
  });

  test("for another architecture leaves out the hosts which have that", async () => {
    const { results } = await judge(arm);
    expect(results.findings).toMatchObject([{ host: "w1", id: "bundle", problem: expect.stringContaining("linux/arm64") }]);
  });
});
