import type { Host } from "../changes/host.ts";
import { isControlPlane, isEtcdHost, isNode, memberHosts } from "../config/roles.ts";
import type { Cluster, ClusterHost } from "../config/types.ts";
import { hostPortOf } from "../shared/names.ts";

/** `refused`: something answered, and nothing listens there. `silent`: no answer, as behind a firewall. */
type Answer = "open" | "refused" | "silent" | "unknown";

/** Whether one host gets a TCP connection to a port of another, or of itself. */
export interface Reach {
  /** Name of the host that is asked for; of the endpoint's, the endpoint. */
  readonly to: string;
  readonly address: string;
  readonly port: number;
  readonly component: string;
  readonly answer: Answer;
}

type Target = Omit<Reach, "answer">;

/** Milliseconds for a connection inside a cluster. */
const within = 5000;
const kubeletPort = 10_250;
const clientPort = 2379;
const etcdPorts = [clientPort, 2380];

const to =
  (component: string, port: number) =>
  ({ name, internalAddress }: ClusterHost): Target => ({ to: name, address: internalAddress, port, component });

/** An etcd that others run. */
const externalTargets = ({ external }: Cluster["etcd"]): readonly Target[] =>
  (external?.endpoints ?? []).map((url): Target => {
    const { host, port } = hostPortOf(new URL(url));
    return { to: url, address: host, port, component: "etcd" };
  });

/** What a host of the cluster must reach: every node the API servers, API servers the kubelets, and members of etcd each other. */
export const targetsOf = (cluster: Cluster, from: ClusterHost): readonly Target[] => {
  const { hosts, kubernetes, etcd } = cluster;
  const others = hosts.filter(({ name }) => name !== from.name);
  const members = memberHosts({ etcd, hosts: others });
  if (isEtcdHost(from)) return etcdPorts.flatMap((port) => members.map(to("etcd", port)));
  return [
    ...hosts.filter(isControlPlane).map(to("kube-apiserver", kubernetes.apiServer.bindPort)),
    ...(isControlPlane(from) ? others.filter(isNode).map(to("kubelet", kubeletPort)) : []),
    ...(isControlPlane(from) && etcd.mode === "stacked" ? etcdPorts.flatMap((port) => members.map(to("etcd", port))) : []),
    ...(isControlPlane(from) && etcd.mode === "dedicated" ? members.map(to("etcd", clientPort)) : []),
    ...(isControlPlane(from) && etcd.mode === "external" ? externalTargets(etcd) : []),
  ];
};

const answerOf = (error: unknown): Answer => {
  const text = error instanceof Error ? `${error.name} ${error.message}` : String(error);
  if (/refused|ECONNREFUSED/i.test(text)) return "refused";
  return /timed? ?out|timeout|no answer within|no route|unreachable|EHOSTUNREACH|ENETUNREACH/i.test(text) ? "silent" : "unknown";
};

/** Tries every target at once, from the host itself. */
export const tryTargets = async (door: Pick<Host, "dial">, targets: readonly Target[], signal: AbortSignal): Promise<readonly Reach[]> =>
  await Promise.all(
    targets.map(async (target): Promise<Reach> => {
      try {
        const stream = await door.dial(target.address, target.port, { signal: AbortSignal.any([signal, AbortSignal.timeout(within)]) });
        stream.on("error", () => undefined);
        stream.destroy();
        return { ...target, answer: "open" };
      } catch (error) {
        signal.throwIfAborted();
        return { ...target, answer: answerOf(error) };
      }
    }),
  );
