import { expect } from "vitest";
import type { Connected, FleetOptions } from "../../src/actions/options.ts";
import { undoScript } from "../../src/changes/sh/undo.ts";
import type { ClusterHost } from "../../src/config/types.ts";
import { renderKubeconfig } from "../../src/pki/kubeconfig/kubeconfig.ts";
import { UserError } from "../../src/shared/errors.ts";
import type { Authority, Pair } from "../kube/certificates.ts";
import type { LocalServer } from "../kube/local-server.ts";
import { answerOf } from "../simulation/answers.ts";
import { type FakeMachine, fakeHost, fakeMachine } from "../support/fake-host.ts";

/** Machines of a cluster that stands, with their one API server: cp1 and the workers that are named. */
export interface FakeFleet {
  readonly machines: ReadonlyMap<string, FakeMachine>;
  readonly file: string;
  /** What was done on which host, in order: `stop w1`, `undo w1`. */
  readonly done: string[];
  /** Hosts that cannot be reached. */
  readonly dead: Set<string>;
  /** By host: the server in its kubelet.conf. */
  readonly servers: Map<string, string>;
  readonly connect: NonNullable<FleetOptions["connect"]>;
}

const clusterId = "0b5a8c9e";
const membership = "/var/lib/kbs/cluster";

export const write = (machine: FakeMachine, path: string, text: string): void =>
  void machine.nodes.set(path, { type: "regular file", mode: 0o600, content: Buffer.from(text) });

const roleOf = (name: string): string => (name.startsWith("cp") ? "control-plane" : name.startsWith("etcd") ? "etcd" : "worker");

/** The configuration of a fleet, whose hosts are named by what they are. @param order in which they stand in the file */
export const fileOf = (names: readonly string[], order = names): string =>
  [
    "apiVersion: kbs/v1",
    "kind: Cluster",
    "metadata: { name: demo }",
    "spec:",
    "  hosts:",
    ...order.map((name) => `    - { name: ${name}, address: 10.32.0.${names.indexOf(name) + 10}, roles: [${roleOf(name)}] }`),
    ...(names.some((name) => roleOf(name) === "etcd") ? ["  etcd: { mode: dedicated }"] : []),
    "",
  ].join("\n");

/** What a host is asked to run: only what gives it back. */
const runsOn = (machine: FakeMachine, done: string[]): FakeMachine["runs"] => {
  return (script) => {
    if (script === undoScript) {
      done.push(`undo ${machine.name}`);
      machine.nodes.delete(membership);
      return { code: 0, output: "" };
    }
    if (script.includes("/var/lib/kbs/snapshots")) {
      done.push(`snapshot ${machine.name}`);
      return { code: 0, output: "" };
    }
    expect(script).toContain("systemctl stop kubelet");
    done.push(`stop ${machine.name}`);
    return { code: 0, output: "" };
  };
};

const adminConf = async (authority: Authority): Promise<string> => {
  const { cert, key } = await authority.issue("admin", "/O=kubeadm:cluster-admins/CN=kubernetes-admin");
  const credentials = { certificatePem: cert, keyPem: key };
  return renderKubeconfig({
    clusterName: "kubernetes",
    server: "https://10.32.0.10:6443",
    caPem: authority.cert,
    user: "kubernetes-admin",
    credentials,
  });
};

/** What hosts have of etcd: a server for the client port of each member, and the certificate by which it is asked. */
interface FleetEtcd {
  readonly servers: ReadonlyMap<string, LocalServer>;
  readonly client: Pair;
}

const etcdPort = 2379;

/** As an API server finds the member beside it. */
const ownEtcd = `api-server:etcd-servers=https://127.0.0.1:${etcdPort}\n`;

/** The files and facts of a member that was started. */
const giveMember = (machine: FakeMachine, authority: Authority, { client }: FleetEtcd): void => {
  for (const [name, text] of [
    ["ca.crt", authority.cert],
    ["healthcheck-client.crt", client.cert],
    ["healthcheck-client.key", client.key],
  ] as const)
    write(machine, `/etc/kubernetes/pki/etcd/${name}`, text);
};

export const fakeFleet = async (
  names: readonly string[],
  file: string,
  authority: Authority,
  server: LocalServer,
  etcd?: FleetEtcd,
): Promise<FakeFleet> => {
  const done: string[] = [];
  const dead = new Set<string>();
  const servers = new Map<string, string>();
  const machines = new Map(names.map((name) => [name, fakeMachine(name)]));
  for (const machine of machines.values()) {
    machine.runs = runsOn(machine, done);
    write(machine, membership, `${clusterId} demo\n10.244.0.0/16 10.96.0.0/12 cluster.local\n`);
  }
  const [first] = machines.values();
  const admin = await adminConf(authority);
  if (first) write(first, "/etc/kubernetes/admin.conf", admin);
  for (const [name, machine] of machines) {
    if (!etcd?.servers.has(name)) continue;
    if (roleOf(name) === "control-plane") write(machine, "/etc/kubernetes/admin.conf", admin);
    giveMember(machine, authority, etcd);
  }
  const serverAt = (name: string, port: number): LocalServer => (port === etcdPort ? etcd?.servers.get(name) : undefined) ?? server;
  const connect = async ({ name }: ClusterHost): Promise<Connected> => {
    const machine = machines.get(name);
    if (!machine || dead.has(name)) throw new UserError(`${name} cannot be reached`, { exit: "unreachable", host: name });
    const { host } = fakeHost(machine);
    const nth = names.indexOf(name);
    const answers: typeof host.send = async (message, options) => {
      if (message.kind !== "ask") return await host.send(message, options);
      for (const question of message.questions) {
        const answer = answerOf(machine, question, { nth, name, address: `10.32.0.${nth + 10}` }, true);
        machine.answers.set(question.id, question.id === "remains" ? (machine.nodes.has("/var/lib/kbs") ? "yes" : "") : answer);
        if (question.id === "kubernetes" && etcd?.servers.has(name))
          machine.answers.set(question.id, `etcd:initial-cluster=a=b\netcd:data\n${roleOf(name) === "control-plane" ? ownEtcd : ""}`);
        const kubeletServer = servers.get(name);
        if (question.id === "kubernetes" && kubeletServer !== undefined)
          machine.answers.set(question.id, `kubelet:server=${kubeletServer}\n`);
      }
      return await host.send(message, options);
    };
    const counts = { channels: 0, bytesSent: 0, bytesReceived: 0 };
    return {
      host: { ...host, send: answers, dial: (_address, port, options) => serverAt(name, port).tunnels.dial(options?.signal) },
      counts,
    };
  };
  return { machines, file, done, dead, servers, connect };
};
