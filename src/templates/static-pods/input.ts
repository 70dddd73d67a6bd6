import type { Cluster, ClusterHost } from "../../config/types.ts";
import type { StartupTiming } from "./probes.ts";

/** What a static pod is made of. */
export interface StaticPodInput {
  readonly cluster: Cluster;
  readonly node: Pick<ClusterHost, "name" | "internalAddress">;
  /** Full name of the image, with its tag. */
  readonly image: string;
  /** kubeadm's when not told. */
  readonly startup?: StartupTiming;
}

export interface ControlPlaneInput extends StaticPodInput {
  /** Which of {@link extraCaDirectories} exist on the host. */
  readonly caDirectories: readonly string[];
}

/** Directories into which the links of /etc/ssl/certs may point; mounted where the host has them. */
export const extraCaDirectories: readonly string[] = [
  "/etc/pki/ca-trust",
  "/etc/pki/tls/certs",
  "/etc/ca-certificates",
  "/usr/share/ca-certificates",
  "/usr/local/share/ca-certificates",
];
