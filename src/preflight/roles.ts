import { runsProxy } from "../config/roles.ts";
import type { Cluster, ClusterHost } from "../config/types.ts";
import type { Owner } from "../facts/ownership.ts";
import { type Provision, provisionOf, type Used, usedOf } from "../supply/provision.ts";
import type { CheckContext } from "./check.ts";

export const isControlPlane = ({ host }: Pick<CheckContext, "host">): boolean => host.roles.includes("control-plane");

/** What of the host's packages is used as it is. */
export const usedOn = ({ host, facts }: Pick<CheckContext, "host" | "facts">): Used => usedOf(host, facts.packaged);

/** The same, and what is to be brought. */
export const provisionOn = ({ host, cluster, facts }: Pick<CheckContext, "host" | "cluster" | "facts">): Provision =>
  provisionOf(host, cluster, facts.packaged);

/** Whether the host runs a kubelet; a dedicated etcd host does not. */
export const isNode = ({ host }: Pick<CheckContext, "host">): boolean => host.roles.some((role) => role !== "etcd");

export const runsEtcd = ({ cluster, host }: { readonly cluster: Cluster; readonly host: ClusterHost }): boolean =>
  host.roles.includes(cluster.etcd.mode === "dedicated" ? "etcd" : "control-plane") && cluster.etcd.mode !== "external";

const isThis = ({ cluster, clusterId }: CheckContext, owner: Owner): boolean =>
  clusterId === undefined ? owner.name === cluster.name : owner.id === clusterId;

/** Whether an earlier run made this host part of this very cluster. What is there then is its own. */
export const isOurs = (context: CheckContext): boolean => context.facts.ownership !== undefined && isThis(context, context.facts.ownership);

/** A port on which something of the cluster listens. */
export interface ClusterPort {
  readonly port: number;
  readonly protocol: "tcp" | "udp";
  readonly component: string;
  /** Whether other machines must reach it. */
  readonly open: boolean;
}

const tcp = (port: number, component: string, open: boolean): ClusterPort => ({ port, protocol: "tcp", component, open });

/** What listens on this host once it is part of the cluster. NodePorts are left out: they are claimed one by one, later. */
export const portsOf = (context: Pick<CheckContext, "cluster" | "host">): readonly ClusterPort[] => {
  const { kubernetes, network } = context.cluster;
  return [
    ...(isControlPlane(context)
      ? [
          tcp(kubernetes.apiServer.bindPort, "kube-apiserver", true),
          tcp(10257, "kube-controller-manager", false),
          tcp(10259, "kube-scheduler", false),
        ]
      : []),
    ...(runsEtcd(context) ? [tcp(2379, "etcd", true), tcp(2380, "etcd", true), tcp(2381, "etcd", false)] : []),
    ...(runsProxy(context.host, context.cluster) ? [tcp(context.cluster.controlPlaneEndpoint.port, "haproxy", false)] : []),
    ...(isNode(context) ? [tcp(10250, "kubelet", true), tcp(10248, "kubelet", false)] : []),
    ...(isNode(context) && kubernetes.proxyMode !== "none" ? [tcp(10256, "kube-proxy", false), tcp(10249, "kube-proxy", false)] : []),
    ...(isNode(context) && network.plugin === "flannel" && network.flannel.backend === "vxlan"
      ? [{ port: 8472, protocol: "udp", component: "flannel", open: true } as const]
      : []),
  ];
};
