import type { Cluster, ClusterHost } from "./types.ts";

export const isControlPlane = ({ roles }: Pick<ClusterHost, "roles">): boolean => roles.includes("control-plane");

/** The node's addresses, the leading one first. */
export const addressesOf = ({
  internalAddress,
  secondAddress,
}: Pick<ClusterHost, "internalAddress" | "secondAddress">): readonly string[] =>
  secondAddress === undefined ? [internalAddress] : [internalAddress, secondAddress];

/** Whether it runs etcd alone, as a service: such a host has no kubelet and is no node. */
export const isEtcdHost = ({ roles }: Pick<ClusterHost, "roles">): boolean => roles.includes("etcd");

/** Whether it runs a kubelet. */
export const isNode = (host: Pick<ClusterHost, "roles">): boolean => !isEtcdHost(host);

/** Whether keys and certificates are made for it that its own kubelet does not ask for. Such hosts are part of every survey, and none else runs etcd. */
export const hasPki = (host: Pick<ClusterHost, "roles">): boolean => isControlPlane(host) || isEtcdHost(host);

/** Hosts that run a member of etcd which kbs makes. */
export const memberHosts = ({ etcd, hosts }: Pick<Cluster, "etcd" | "hosts">): readonly ClusterHost[] =>
  etcd.mode === "external" ? [] : hosts.filter(etcd.mode === "stacked" ? isControlPlane : isEtcdHost);

/** Whether a host with these roles reaches the API by a proxy of its own; on a control plane that is the machine itself. */
export const runsProxy = ({ roles }: Pick<ClusterHost, "roles">, { loadBalancer }: Pick<Cluster, "loadBalancer">): boolean =>
  loadBalancer === "haproxy" && roles.includes("worker") && !isControlPlane({ roles });
