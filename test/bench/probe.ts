import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import type { Lab, LabHost } from "../lab/index.ts";

// When is a cluster ready? Asked from outside, in the same way whoever makes it: all nodes Ready, every Deployment and DaemonSet rolled out, all
// pods Ready, those of every control plane among them, and DNS answering on every host through its Service.

/** Milliseconds between two looks. Each is one request on a connection that stays, answered from the API server's cache. */
const every = 100;

interface Condition {
  readonly type: string;
  readonly status: string;
}

interface Item {
  readonly metadata: { readonly name: string; readonly generation?: number };
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
    readonly observedGeneration?: number;
    readonly desiredNumberScheduled?: number;
    readonly numberReady?: number;
    readonly readyReplicas?: number;
  };
}

type Get = (path: string) => Promise<readonly Item[]>;

const isReady = ({ status }: Item): boolean =>
  status?.conditions?.some(({ type, status: answer }) => type === "Ready" && answer === "True") ?? false;

const isSeen = ({ metadata, status }: Item): boolean => (status?.observedGeneration ?? 0) >= (metadata.generation ?? 1);

/** Of a cluster, in hosts. */
export interface Size {
  readonly hosts: number;
  /** The first of them. */
  readonly controlPlanes: number;
}

const components = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];

/** By which hosts are called. */
const staticPods = ({ controlPlanes }: Size): readonly string[] =>
  Array.from({ length: controlPlanes }, (_, nth) => components.map((component) => `${component}-h${nth + 1}`)).flat();

/** In the order in which they come true; while one is not true, the next is not asked. */
const questions = (
  size: Size,
  nodes = size.hosts,
): readonly { readonly path: string; readonly holds: (items: readonly Item[]) => boolean }[] => [
  { path: "/api/v1/nodes", holds: (items) => items.length === nodes && items.every(isReady) },
  {
    path: "/apis/apps/v1/daemonsets",
    holds: (items) =>
      items.length >= 2 &&
      items.every((item) => isSeen(item) && item.status?.desiredNumberScheduled === nodes && item.status.numberReady === nodes),
  },
  {
    path: "/apis/apps/v1/deployments",
    holds: (items) =>
      items.length > 0 && items.every((item) => isSeen(item) && (item.status?.readyReplicas ?? 0) >= (item.spec?.replicas ?? 1)),
  },
  {
    path: "/api/v1/pods",
    holds: (items) => {
      const names = new Set(items.map(({ metadata }) => metadata.name));
      return staticPods(size).every((name) => names.has(name)) && items.every(isReady);
    },
  },
];

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: { readonly "certificate-authority-data": string } }];
  readonly users: readonly [{ readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string } }];
}

const decoded = (data: string): string => Buffer.from(data, "base64").toString();

/** The administrator's access, once it is on the control plane's disk, which this machine sees. */
export const openApi = async ({ rootDirectory, address }: LabHost): Promise<Get> => {
  const text = await readFile(join(rootDirectory, "etc/kubernetes/admin.conf"), "utf8");
  const { clusters, users }: Kubeconfig = parse(text);
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 1,
    ca: decoded(clusters[0].cluster["certificate-authority-data"]),
    cert: decoded(users[0].user["client-certificate-data"]),
    key: decoded(users[0].user["client-key-data"]),
  });
  return async (path) => {
    const asked = request({ agent, host: address, port: 6443, path: `${path}?resourceVersion=0`, timeout: 5000 });
    asked.once("timeout", () => asked.destroy(new Error("no answer")));
    asked.end();
    const [response] = await once(asked, "response");
    let body = "";
    for await (const chunk of response.setEncoding("utf8")) body += chunk;
    if (response.statusCode !== 200) throw new Error(`${path}: ${response.statusCode}`);
    const { items }: { readonly items: readonly Item[] } = JSON.parse(body);
    return items;
  };
};

/** Why not yet; undefined when everything holds. */
const look = async (get: Get, size: Size): Promise<string | undefined> => {
  for (const { path, holds } of questions(size)) if (!holds(await get(path))) return path;
  return undefined;
};

const untilApiSaysSo = async ({ hosts }: Lab, controlPlanes: number, signal: AbortSignal): Promise<void> => {
  const [controlPlane] = hosts;
  if (!controlPlane) throw new RangeError("a lab has hosts");
  let get: Get | undefined;
  for (let reason: string | undefined = "start"; reason !== undefined; ) {
    await sleep(every, undefined, { signal });
    try {
      get ??= await openApi(controlPlane);
      reason = await look(get, { hosts: hosts.length, controlPlanes });
    } catch (error) {
      // No file, nothing listening, no rights: not yet.
      reason = error instanceof Error ? error.message : String(error);
    }
  }
};

/** A process in a host's network that asks DNS as soon as it is told to. */
const startAsker = async (host: LabHost): Promise<ChildProcess> => {
  const words = [`--net=/proc/${await host.leaderPid()}/ns/net`, "--", process.execPath, join(import.meta.dirname, "ask-dns.ts")];
  return spawn("nsenter", [...words, "10.96.0.10", "kubernetes.default.svc.cluster.local"], { stdio: ["pipe", "pipe", "inherit"] });
};

const dnsAnswers = async (asker: ChildProcess): Promise<number> => {
  let said = "";
  asker.stdout?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  asker.stdin?.write("go\n");
  const [code] = await once(asker, "close");
  if (code !== 0) throw new Error(`the process that asks DNS ended with code ${code}`);
  return Number(said);
};

/** Looks at a lab from now on. Resolves with the moment, in milliseconds since the epoch, at which its cluster is ready. */
export const whenReady = async (lab: Lab, controlPlanes: number, signal: AbortSignal): Promise<number> => {
  const askers = await Promise.all(lab.hosts.map(startAsker));
  try {
    await untilApiSaysSo(lab, controlPlanes, signal);
    return Math.max(...(await Promise.all(askers.map(dnsAnswers))));
  } finally {
    for (const asker of askers) asker.kill();
  }
};
