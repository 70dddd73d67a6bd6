import type { Listener } from "../../facts/listeners.ts";
import type { Check, CheckContext } from "../check.ts";
import { type ClusterPort, isOurs, portsOf } from "../roles.ts";

/** The kernel keeps 15 letters of a process name. */
const comm = (name: string): string => name.slice(0, 15);

/** On a host of this cluster its own component may hold the port; without ss nobody knows who it is, and the benefit of the doubt is given. */
const isOwn = (context: CheckContext, { component }: ClusterPort, { process }: Listener): boolean =>
  isOurs(context) && (process === undefined || comm(process) === comm(component));

const holderOf = (context: CheckContext, wanted: ClusterPort): Listener | undefined =>
  context.facts.listeners.find(
    (listener) => listener.port === wanted.port && listener.protocol === wanted.protocol && !isOwn(context, wanted, listener),
  );

const describe = ({ process, pid, address, port, protocol }: Listener): string =>
  `${process === undefined ? "an unknown process" : `${process} (pid ${pid})`} on ${address}:${port}/${protocol}`;

const remedyFor = (listeners: readonly Listener[]): string => {
  const [{ process, port, protocol } = {}] = listeners;
  return process === undefined
    ? `find out who it is ("ss -ln${protocol === "udp" ? "u" : "t"}p 'sport = :${port}'"), and stop it or move it to another port`
    : `stop ${process}, or move it to another port`;
};

/** A port check speaks of one component, since its port may be configured. */
const portsFree = (component: string, aliases: readonly string[], wayOut = ""): Check => {
  const wanted = (context: CheckContext): readonly ClusterPort[] => portsOf(context).filter((port) => port.component === component);
  return {
    id: `port-${component}`,
    aliases,
    question: `Are the ports free on which ${component} will listen?`,
    severity: "error",
    appliesTo: (context) => wanted(context).length > 0,
    ask: (context) => {
      const holders = wanted(context).flatMap((port) => holderOf(context, port) ?? []);
      if (holders.length === 0) return undefined;
      return {
        problem: `${component} needs a port that is taken: ${holders.map(describe).join(", ")}`,
        remedy: `${remedyFor(holders)}${wayOut}`,
      };
    },
  };
};

export const ports: readonly Check[] = [
  portsFree("kube-apiserver", ["Port-6443"], ", or choose another for the API server (spec.kubernetes.apiServer.bindPort)"),
  portsFree("kube-controller-manager", ["Port-10257"]),
  portsFree("kube-scheduler", ["Port-10259"]),
  portsFree("etcd", ["Port-2379", "Port-2380"]),
  portsFree("kubelet", ["Port-10250"]),
  portsFree("kube-proxy", []),
  portsFree("haproxy", [], ", or choose another for API server and endpoint (spec.kubernetes.apiServer.bindPort)"),
  portsFree("flannel", []),
];
