import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request as https } from "node:https";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { openKube } from "../../src/kube/client.ts";
import type { Kube, KubeOptions } from "../../src/kube/types.ts";
import { until } from "../../src/kube/until.ts";
import { lastLines } from "../lab/command.ts";
import { goBuild } from "../lab/go-build.ts";
import { type Authority, makeAuthority, type Pair } from "./certificates.ts";
import { type Tunnels, tunnelsTo } from "./tunnel.ts";

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
};

interface Program {
  readonly stop: (signal?: "SIGTERM" | "SIGKILL") => Promise<void>;
}

const start = (program: string, words: readonly string[], onEnd: (printed: string) => void): Program => {
  const child: ChildProcess = spawn(program, words, { stdio: ["ignore", "ignore", "pipe"] });
  let [printed, stopping] = ["", false];
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (printed = (printed + text).slice(-20_000)));
  const ended = once(child, "close").then(() => stopping || onEnd(printed));
  const killed = (): boolean => child.kill("SIGKILL");
  process.once("exit", killed);
  return {
    stop: async (signal = "SIGTERM") => {
      stopping = true;
      child.kill(signal);
      const hurry = setTimeout(killed, 20_000);
      await ended;
      clearTimeout(hurry);
      process.removeListener("exit", killed);
    },
  };
};

export interface ApiServer {
  readonly authority: Authority;
  readonly admin: Pair;
  readonly tunnels: Tunnels;
  /** Of this machine, where it listens. */
  readonly port: number;
  /** A PATCH past kbs's client: what kubelets, controllers and other programs do. */
  patch(path: string, type: "merge-patch+json" | "apply-patch+yaml", body: unknown): Promise<void>;
  /** A client of its own, with other credentials where given. */
  open(credentials?: Partial<KubeOptions>): Kube;
  /** Ends the API server as systemd or the kubelet would, and starts it again beside the same etcd. Returns when it has started. */
  restart(): Promise<void>;
  /** The same without the end: as a crash. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

const log = (line: string): void => console.log(line);

/** The lab's own kube-apiserver and etcd on loopback ports: no node, no controller, the real API. */
export const startApiServer = async (): Promise<ApiServer> => {
  const [etcdPrograms, programs] = [await goBuild("etcd", log), await goBuild("kubernetes-control-plane", log)];
  const authority = await makeAuthority();
  const { directory } = authority;
  const [server, admin, account] = await Promise.all([
    authority.issue("server", "/CN=kube-apiserver", "DNS:kubernetes,IP:127.0.0.1"),
    authority.issue("admin", "/O=system:masters/CN=admin"),
    authority.issue("account", "/CN=account"),
  ]).catch(async (error: unknown) => {
    await rm(directory, { recursive: true });
    throw error;
  });
  const [port, etcdPort, peerPort] = [await freePort(), await freePort(), await freePort()];
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const data = await mkdtemp(join(directory, "etcd-"));
  let broken: string | undefined;
  const etcd = start(
    join(etcdPrograms, "etcd"),
    [
      `--data-dir=${data}`,
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
      "--unsafe-no-fsync",
    ],
    (printed) => (broken = printed),
  );
  const words = [
    `--etcd-servers=${etcdUrl}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    "--advertise-address=192.0.2.1",
    "--endpoint-reconciler-type=none",
    "--authorization-mode=Node,RBAC",
    // Pods need no ServiceAccount here: no controller makes one.
    "--disable-admission-plugins=ServiceAccount",
    "--allow-privileged",
    `--client-ca-file=${authority.certFile}`,
    `--tls-cert-file=${server.certFile}`,
    `--tls-private-key-file=${server.keyFile}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${account.certFile}`,
    `--service-account-signing-key-file=${account.keyFile}`,
    "--service-cluster-ip-range=10.96.0.0/16",
  ];
  const startServer = (): Program => start(join(programs, "kube-apiserver"), words, (printed) => (broken = printed));
  let apiServer = startServer();
  const tunnels = tunnelsTo(port);
  const open = (credentials: Partial<KubeOptions> = admin): Kube => {
    const { cert, key, ...rest } = credentials;
    return openKube({
      dial: tunnels.dial,
      serverName: "kubernetes",
      ca: authority.cert,
      describe: "the test",
      ...(cert && key ? { cert, key } : {}),
      ...rest,
    });
  };
  const ready = async (): Promise<void> => {
    const kube = open();
    try {
      await until(
        "starting the API server",
        async (signal) => {
          if (broken !== undefined) throw new Error(`a program ended:\n${lastLines(broken)}`);
          await kube.raw("GET", "/readyz", undefined, { signal, patience: 0 });
          return undefined;
        },
        { timeout: 90_000, every: 200 },
      );
    } finally {
      kube.close();
    }
  };
  const stop = async (): Promise<void> => {
    await apiServer.stop();
    await etcd.stop();
    await rm(directory, { recursive: true });
  };
  await ready().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const again = async (signal: "SIGTERM" | "SIGKILL"): Promise<void> => {
    await apiServer.stop(signal);
    apiServer = startServer();
    await ready();
  };
  const patch: ApiServer["patch"] = async (path, type, body) => {
    const options = { method: "PATCH", ca: authority.cert, cert: admin.cert, key: admin.key, agent: false } as const;
    const request = https(`https://127.0.0.1:${port}${path}`, { ...options, headers: { "content-type": `application/${type}` } });
    request.end(JSON.stringify(body));
    const [response]: IncomingMessage[] = await once(request, "response");
    const said = response ? await text(response) : "";
    if (response?.statusCode !== 200) throw new Error(said);
  };
  return { authority, admin, tunnels, port, patch, open, restart: () => again("SIGTERM"), crash: () => again("SIGKILL"), stop };
};
