import { isControlPlane, isEtcdHost } from "../../config/roles.ts";
import { quoteAll } from "../../shared/quote.ts";
import type { Survey } from "../survey.ts";
import type { DeleteNodeOptions, Leaving } from "./examine.ts";

const list = (names: readonly string[]): string => names.join(", ");

/** What somebody confirms. */
export const sentenceOf = (cluster: string, { nodes, hosts, kept, etcd }: Leaving, pods: number): string => {
  const gone = nodes.map(({ metadata }) => metadata.name);
  return [
    ...(gone.length > 0
      ? [
          `This takes ${list(gone)} out of the cluster ${cluster}${pods > 0 ? ` and moves ${pods} ${pods === 1 ? "pod" : "pods"} to other nodes` : ""}.`,
        ]
      : []),
    ...(etcd
      ? [
          `${gone.length > 0 ? "Its etcd" : `The etcd of ${cluster}`} goes on without ${list([...etcd.leaving.keys()])}, after a snapshot that is kept on ${etcd.keeper}.`,
        ]
      : []),
    ...(hosts.length > 0 ? [`Given back as before kbs came: ${list(hosts.map(({ name }) => name))}.`] : []),
    ...(kept.length > 0 ? [`Out of reach, so left with all that is on it: ${list(kept)}.`] : []),
  ].join(" ");
};

/** Warns of what still goes by those that have left. */
export const tellWhatStays = ({ cluster }: Survey, { kept, etcd }: Leaving, { names, bus, file }: DeleteNodeOptions): void => {
  const etcdHosts = new Set(cluster.hosts.filter(isEtcdHost).map(({ name }) => name));
  for (const name of kept)
    bus.emit({
      type: "warning",
      host: name,
      text: etcdHosts.has(name)
        ? "still carries a member's data, of which its etcd can make nothing any more: run `kbs reset` there"
        : "still carries the cluster, and joins it again when its kubelet is started: run `kbs reset` there",
    });
  if (etcd && cluster.etcd.mode === "dedicated")
    bus.emit({
      type: "warning",
      text: `the API servers still try it, until ${quoteAll(["kbs", "apply", "-f", file])} gives them the new list`,
    });
  const planes = cluster.hosts.filter((host) => names.includes(host.name) && isControlPlane(host));
  if (planes.length > 0 && cluster.loadBalancer === "haproxy")
    bus.emit({
      type: "warning",
      text: `the workers' proxies still try it, until ${quoteAll(["kbs", "apply", "-f", file])} gives them the new list`,
    });
  const written = names.filter((name) => cluster.hosts.some((host) => host.name === name));
  if (written.length > 0)
    bus.emit({
      type: "warning",
      text: `${written.join(", ")} is still in ${file}: take it out of there, or the next run makes it a node again`,
    });
};
