import type { Cluster, ClusterHost } from "./types.ts";

export const isControlPlane = ({ roles }: Pick<ClusterHost, "roles">): boolean => roles.includes("control-plane");

/** Whether a host with these roles reaches the API by a proxy of its own; on a control plane that is the machine itself. */
export const runsProxy = ({ roles }: Pick<ClusterHost, "roles">, { loadBalancer }: Pick<Cluster, "loadBalancer">): boolean =>
  loadBalancer === "haproxy" && roles.includes("worker") && !isControlPlane({ roles });
