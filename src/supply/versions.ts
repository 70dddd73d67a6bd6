import { UserError } from "../shared/errors.ts";

/** Image tags that belong to a Kubernetes minor. */
export interface ComponentVersions {
  readonly etcd: string;
  readonly coredns: string;
  readonly pause: string;
  readonly flannel: string;
}

/** The constants of kubeadm of that minor (cmd/kubeadm/app/constants). flannel is not kubeadm's: its newest release that was tested. */
const table: Readonly<Record<string, ComponentVersions>> = {
  "1.35": { etcd: "3.6.6-0", coredns: "v1.13.1", pause: "3.10.1", flannel: "v0.28.4" },
  "1.36": { etcd: "3.6.8-0", coredns: "v1.14.2", pause: "3.10.2", flannel: "v0.28.4" },
  "1.37": { etcd: "3.7.0-0", coredns: "v1.14.6", pause: "3.10.2", flannel: "v0.28.4" },
};

/**
 * What spreads the control-plane endpoint, whatever the Kubernetes version: the newest long-term release of HAProxy that was looked at, in the
 * image of its makers, and kube-vip's.
 */
export const balancerVersions = { haproxy: "3.2.22-alpine", "kube-vip": "v1.1.2" } as const;

/** Such as 1.36, oldest first. */
export const supportedMinors: readonly string[] = Object.keys(table);

/**
 * What runs beside a Kubernetes version (`v1.36.3`).
 * @throws UserError for a minor that this kbs does not know.
 */
export const versionsFor = (kubernetesVersion: string): ComponentVersions => {
  const [, minor = ""] = /^v?(\d+\.\d+)\./.exec(kubernetesVersion) ?? [];
  const versions = table[minor];
  if (versions) return versions;
  throw new UserError(`this kbs does not know Kubernetes ${kubernetesVersion}`, {
    hint: `choose a version of ${supportedMinors.join(", ")}`,
  });
};

/** A version as an image tag, where only letters, digits, `_`, `.` and `-` may stand: `v1.36.3+x` is `v1.36.3_x`. */
export const tagOf = (version: string): string => version.replaceAll(/[^-A-Za-z0-9_.]/g, "_");
