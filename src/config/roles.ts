import type { ClusterHost } from "./types.ts";

export const isControlPlane = ({ roles }: Pick<ClusterHost, "roles">): boolean => roles.includes("control-plane");
