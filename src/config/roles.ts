import type { Cluster, ClusterHost } from "./types.ts";

export const isControlPlane = ({ roles }: Pick<ClusterHost, "roles">): boolean => roles.includes("control-plane");

/** The node's addresses, the leading one first. */
export const addressesOf = ({
  internalAddress,
  secondAddress,
}: Pick<ClusterHost, "internalAddress" | "secondAddress">): readonly string[] =>
  secondAddress === undefined ? [internalAddress] : [internalAddress, secondAddress];

/** Whether a host with these roles reaches the API by a proxy of its own; on a control plane that is the machine itself. */
export const runsProxy = ({ roles }: Pick<ClusterHost, "roles">, { loadBalancer }: Pick<Cluster, "loadBalancer">): boolean =>
  loadBalancer === "haproxy" && roles.includes("worker") && !isControlPlane({ roles });
