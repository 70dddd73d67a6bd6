import { resolveCluster } from "../../src/config/resolve.ts";
import type { Cluster } from "../../src/config/types.ts";
import type { ApiEvidence } from "../../src/diagnose/api.ts";
import type { Evidence } from "../../src/diagnose/evidence.ts";
import healthyApi from "./recorded/healthy-api.json" with { type: "json" };
import h1 from "./recorded/healthy-h1.json" with { type: "json" };
import h2 from "./recorded/healthy-h2.json" with { type: "json" };
import { type Answers, replay } from "./replay.ts";

/** What a control plane (h1) and a worker (h2) answered when all was well: real hosts, shortened. */
export const healthy = { h1, h2, api: healthyApi satisfies ApiEvidence } as const;

/** What of it is otherwise. */
export interface Scene {
  readonly h1?: Answers;
  readonly h2?: Answers;
  /** null: the API server gives no word. */
  readonly api?: Partial<ApiEvidence> | null;
  /** Beside the hosts. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

const clusterOf = (spec: Scene["spec"] = {}): Cluster =>
  resolveCluster(
    {
      apiVersion: "kbs/v1",
      kind: "Cluster",
      metadata: { name: "demo" },
      spec: {
        hosts: [
          { name: "h1", address: "10.77.0.11", roles: ["control-plane"] },
          { name: "h2", address: "10.77.0.12", roles: ["worker"] },
        ],
        kubernetes: { version: "v1.36.3" },
        ...spec,
      },
    },
    "kbs.yaml",
    "/",
  );

export const evidenceOf = ({ h1: one = {}, h2: two = {}, api = {}, spec }: Scene): Evidence => {
  const cluster = clusterOf(spec);
  return {
    cluster,
    hosts: [replay(cluster, "h1", { ...h1, ...one }), replay(cluster, "h2", { ...h2, ...two })],
    silent: new Map(),
    ...(api !== null && { api: { ...healthy.api, ...api } }),
  };
};

/** When the healthy hosts were asked, in seconds since 1970. */
const asked = 1_795_268_923;

/** Lines that a service wrote some seconds before it was asked. */
export const journal = (unit: string, texts: readonly string[], secondsAgo = 5): string =>
  texts.map((text) => `${asked - secondsAgo}.100000 h1 ${unit}[412]: ${text}\n`).join("");

type HostName = "h1" | "h2";

/** What becomes of one container: its newest log, and whether it runs. */
export const container = (
  host: HostName,
  name: string,
  {
    running = false,
    attempt = 4,
    log,
    secondsAgo = 5,
  }: { running?: boolean; attempt?: number; log: readonly string[]; secondsAgo?: number },
): Answers => {
  const time = new Date((asked - secondsAgo) * 1000).toISOString();
  const lines = log.map((text) => `${time} stderr F ${text}\n`).join("");
  const text = healthy[host].containers
    .split(/^(?=@@ )/m)
    .map((part) => {
      if (part.startsWith("@@ running")) return running ? part : part.replaceAll(new RegExp(`^container-name=${name} .*\n`, "gm"), "");
      const [head = ""] = part.split("\n");
      return head.includes(`/${name}/`) ? `${head.replace(/\d+\.log$/, `${attempt}.log`)}\n${lines}` : part;
    })
    .join("");
  return { containers: text };
};

const block = (id: string, words: string): string => {
  const [active, sub, result, restarts = "0", status = "0", load = "loaded"] = words.split(" ");
  return `Id=${id}.service\nLoadState=${load}\nActiveState=${active}\nSubState=${sub}\nResult=${result}\nNRestarts=${restarts}\nExecMainStatus=${status}\n`;
};

/** What systemd says of both services. */
export const units = (kubelet: string, containerd = "active running success"): Answers => {
  return { unitStates: `${block("kubelet", kubelet)}\n${block("containerd", containerd)}` };
};

/** The second host runs etcd alone. */
export const withEtcdHost = (etcd: string, log: readonly string[]): Scene => ({
  spec: {
    etcd: { mode: "dedicated" },
    hosts: [
      { name: "h1", address: "10.77.0.11", roles: ["control-plane"] },
      { name: "h2", address: "10.77.0.12", roles: ["etcd"] },
    ],
  },
  h2: {
    unitStates: block("etcd", etcd),
    etcdLog: journal("etcd", log),
    kubernetes: "etcd:initial-cluster=h2=https://10.77.0.12:2380\netcd:data",
  },
});

/** An answer of a healthy host with something replaced in it. @throws when it is not there */
export const edited = (host: HostName, id: keyof typeof h2, from: string | RegExp, to: string): Answers => {
  const text = healthy[host][id];
  const next = text.replace(from, to);
  if (next === text) throw new Error(`${id} of ${host} has no ${String(from)}`);
  return { [id]: next };
};

/** The node of a host, with what is otherwise. */
export const nodes = (host: HostName, changes: Partial<ApiEvidence["nodes"][number]>): Partial<ApiEvidence> => ({
  nodes: healthy.api.nodes.map((node) => (node.name === host ? { ...node, ...changes } : node)),
});

/** Hosts whose clocks are so many milliseconds ahead of the operator's. */
export const otherClock = (evidence: Evidence, ms: number, of: readonly HostName[] = ["h2"]): Evidence => ({
  ...evidence,
  hosts: evidence.hosts.map((one) => {
    const { clock } = one.facts;
    const isOff = of.some((name) => name === one.host.name);
    return isOff ? { ...one, facts: { ...one.facts, clock: { ...clock, epochMs: (clock.epochMs ?? 0) + ms } } } : one;
  }),
});
