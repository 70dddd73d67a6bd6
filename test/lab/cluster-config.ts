import { stringify } from "yaml";
import { defaultMinor, kubernetesReleases } from "./go-recipes.ts";
import { containerdNeeds, kubeletNeeds, kubeProxyNeeds } from "./kernel-needs.ts";
import type { Lab } from "./lab.ts";

/** What a configuration says of hosts, whatever they are made of. */
export interface ClusterHosts extends Pick<Lab, "name" | "identityFile">, Partial<Pick<Lab, "kubernetes">> {
  readonly hosts: readonly Pick<Lab["hosts"][number], "name" | "address">[];
}

export interface ClusterConfigOptions {
  /** The roles of h1, h2 and so on. When not told: h1 is the control plane, all others are workers. */
  readonly roles?: readonly (readonly ("control-plane" | "worker")[])[];
  /** As whom to log in; root when not told. */
  readonly user?: string;
  /** Fields of `spec` beside those that the lab itself needs; an object given here replaces the lab's own of that name. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

const rolesOf = (nth: number, { roles }: ClusterConfigOptions): readonly string[] => {
  if (roles) return roles[nth] ?? ["worker"];
  return [nth === 0 ? "control-plane" : "worker"];
};

/** The configuration of a cluster on a lab's hosts, as a user of such hosts would write it. */
const labClusterConfig = (lab: ClusterHosts, options: ClusterConfigOptions = {}) => ({
  apiVersion: "kbs/v1",
  kind: "Cluster",
  metadata: { name: lab.name },
  spec: {
    ssh: { user: options.user ?? "root", identityFile: lab.identityFile },
    hosts: lab.hosts.map(({ name, address }, nth) => ({ name, address, roles: rolesOf(nth, options) })),
    kubernetes: { version: kubernetesReleases[lab.kubernetes ?? defaultMinor], kubelet: kubeletNeeds, kubeProxy: kubeProxyNeeds },
    runtime: { name: "containerd", config: containerdNeeds },
    ...options.spec,
  },
});

/** The same as the text of a file. */
export const labClusterYaml = (lab: ClusterHosts, options: ClusterConfigOptions = {}): string => stringify(labClusterConfig(lab, options));
