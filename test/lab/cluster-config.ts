import { stringify } from "yaml";
import { defaultMinor, kubernetesReleases } from "./go-recipes.ts";
import { containerdNeeds, kubeletNeeds, kubeProxyNeeds } from "./kernel-needs.ts";
import type { Lab } from "./lab.ts";

/** What a configuration says of hosts, whatever they are made of. */
export interface ClusterHosts extends Pick<Lab, "name" | "identityFile">, Partial<Pick<Lab, "kubernetes">> {
  readonly hosts: readonly Pick<Lab["hosts"][number], "name" | "address" | "ipv6">[];
}

export interface ClusterConfigOptions {
  /** The roles of h1, h2 and so on. When not told: h1 is the control plane, all others are workers. */
  readonly roles?: readonly (readonly ("control-plane" | "worker" | "etcd")[])[];
  /** The families of addresses, that which leads first; IPv4 alone when not told. Others need a lab with IPv6. */
  readonly families?: readonly Family[];
  /** As whom to log in; root when not told. */
  readonly user?: string;
  /** Fields of `spec` beside those that the lab itself needs; an object given here replaces the lab's own of that name. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

type Family = 4 | 6;

const podSubnets = { 4: "10.244.0.0/16", 6: "fd00:10:244::/56" } as const;
const serviceSubnets = { 4: "10.96.0.0/16", 6: "fd00:10:96::/112" } as const;

/** What a configuration says of families: nothing where it is as by default. */
const subnetsOf = (families: readonly Family[]) => ({
  podSubnet: families.map((family) => podSubnets[family]).join(","),
  serviceSubnet: families.map((family) => serviceSubnets[family]).join(","),
});

/** SSH goes by IPv6 where the cluster is of IPv6 alone. */
const addressesOf = ({ name, address, ipv6 }: ClusterHosts["hosts"][number], families: readonly Family[] | undefined) => {
  if (families === undefined) return { address };
  if (ipv6 === undefined) throw new Error(`${name} has no address of IPv6: start the lab with it`);
  if (!families.includes(4)) return { address: ipv6 };
  return { address, internalAddress: families.map((family) => (family === 4 ? address : ipv6)).join(",") };
};

const rolesOf = (nth: number, { roles }: ClusterConfigOptions): readonly string[] => {
  if (roles) return roles[nth] ?? ["worker"];
  return [nth === 0 ? "control-plane" : "worker"];
};

/** The configuration of a cluster on a lab's hosts, as a user of such hosts would write it. */
const labClusterConfig = (lab: ClusterHosts, options: ClusterConfigOptions = {}) => {
  const { families } = options;
  return {
    apiVersion: "kbs/v1",
    kind: "Cluster",
    metadata: { name: lab.name },
    spec: {
      ssh: { user: options.user ?? "root", identityFile: lab.identityFile },
      hosts: lab.hosts.map((host, nth) => ({
        name: host.name,
        ...addressesOf(host, families),
        roles: rolesOf(nth, options),
      })),
      kubernetes: {
        version: kubernetesReleases[lab.kubernetes ?? defaultMinor],
        ...(families && subnetsOf(families)),
        kubelet: kubeletNeeds,
        kubeProxy: kubeProxyNeeds,
      },
      runtime: { name: "containerd", config: containerdNeeds },
      ...options.spec,
    },
  };
};

/** The same as the text of a file. */
export const labClusterYaml = (lab: ClusterHosts, options: ClusterConfigOptions = {}): string => stringify(labClusterConfig(lab, options));
