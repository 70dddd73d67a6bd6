import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { parse, stringify } from "yaml";
import { ConfigError } from "../../src/config/load.ts";
import type { Cluster } from "../../src/config/types.ts";
import { addressFamily, nthAddress, parseCidr } from "../../src/shared/ip.ts";
import { isDnsName, isHost } from "../../src/shared/names.ts";
import { load } from "./read.ts";

// Some thousands of files, on a machine that may have better things to do.
vi.setConfig({ testTimeout: 300_000 });

const sample: unknown = parse(readFileSync(join(import.meta.dirname, "../../config-sample.yaml"), "utf8"));

const random = (seed: number) => (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0; // Numerical Recipes
  return seed / 2 ** 32;
};

const strange: readonly unknown[] = [
  null, "", " ", "x", "a b", "A", "-", "/", ":", "@", "[", "${", "env:", "v1.36", "10.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "::/0", "fd00::/8", "1.2.3.4/32",
  0, -1, 1.5, 1e21, 65_536, true, [], {}, [[]], [null], [{}], [1], { a: null }, { "": "" }, { name: {} }, { constructor: 1 }, { toString: "x" },
]; // biome-ignore format: a table

const places = (data: unknown, path: (string | number)[] = []): (string | number)[][] =>
  typeof data === "object" && data !== null
    ? Object.entries(data).flatMap(([key, value]) => {
        const here = [...path, Array.isArray(data) ? Number(key) : key];
        return [here, ...places(value, here)];
      })
    : [];

const change = (data: unknown, [key, ...rest]: (string | number)[], value: unknown): unknown => {
  if (key === undefined) return value;
  if (Array.isArray(data)) return data.map((item, index) => (index === key ? change(item, rest, value) : item));
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([name, item]) => [name, name === key ? change(item, rest, value) : item]));
};

const port = (number: number): boolean => Number.isInteger(number) && number > 0 && number < 65_536;

/** What no accepted cluster may have, whatever the rules are. */
const flaws = ({ name, hosts, kubernetes, controlPlaneEndpoint, etcd, addons }: Cluster): string[] => {
  const { leaf, ca } = kubernetes.certificateValidity;
  const jumps = hosts.flatMap(({ ssh }) => ssh.jumpHosts ?? []);
  const args = [kubernetes.apiServer, kubernetes.controllerManager, kubernetes.scheduler, etcd].flatMap(({ extraArgs }) => extraArgs);
  const right: Record<string, boolean> = {
    name: isDnsName(name),
    hostNames: hosts.length > 0 && hosts.every((host) => isDnsName(host.name)),
    addresses: hosts.every(({ address, internalAddress }) => isHost(address) && addressFamily(internalAddress) === 4),
    ports: [controlPlaneEndpoint.port, kubernetes.apiServer.bindPort].every(port),
    hostPorts: [...hosts.map(({ ssh }) => ssh), ...jumps].every((login) => login.port === undefined || port(login.port)),
    jumps: jumps.every(({ host }) => isHost(host)),
    endpoint: isHost(controlPlaneEndpoint.host),
    version: /^v1\.3[567]\.\d+/.test(kubernetes.version),
    subnets: parseCidr(kubernetes.podSubnet) !== undefined && nthAddress(kubernetes.serviceSubnet, 10) !== "",
    validity: leaf > 0 && ca > 0,
    args: args.every((arg) => /^\w/.test(arg.name) && typeof arg.value === "string"),
    labels: hosts.every(({ labels }) => Object.values(labels).every((value) => typeof value === "string")),
    taints: hosts.every(({ taints }) =>
      taints.every(({ key, effect }) => key !== "" && effect.startsWith("No") !== effect.startsWith("Prefer")),
    ),
    dataDir: etcd.dataDir.startsWith("/"),
    addons: addons.every((addon) => addon.name !== ""),
  };
  return Object.entries(right).flatMap(([what, isRight]) => (isRight ? [] : [what]));
};

const judge = async (data: unknown): Promise<"accepted" | "refused"> => {
  try {
    const { cluster } = await load(stringify(data));
    expect(flaws(cluster)).toEqual([]);
    return "accepted";
  } catch (error) {
    if (error instanceof ConfigError && error.problems.every(({ line, message }) => (line ?? 0) > 0 && message !== "")) return "refused";
    throw error;
  }
};

test("whatever stands in a place, the answer is a cluster or problems with lines", async () => {
  const outcomes = { accepted: 0, refused: 0 };
  const cases = places(sample).flatMap((place) => strange.map((value) => [place, value] as const));
  for (const [place, value] of cases.filter((_, index) => index % 4 === 0)) outcomes[await judge(change(sample, place, value))] += 1;
  expect(outcomes.accepted).toBeGreaterThan(100);
  expect(outcomes.refused).toBeGreaterThan(500);
});

test("so it is with several strange values at once", async () => {
  const next = random(3);
  const all = places(sample);
  for (let round = 0; round < 500; round++) {
    let data = sample;
    for (let count = 0; count < 4; count++) {
      data = change(data, all[Math.floor(next() * all.length)] ?? [], strange[Math.floor(next() * strange.length)]);
    }
    expect(["accepted", "refused"]).toContain(await judge(data));
  }
});
