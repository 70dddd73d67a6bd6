import { deltasOf } from "../config/versions.ts";

/** Image tags that belong to a Kubernetes minor. */
export interface ComponentVersions {
  readonly etcd: string;
  readonly coredns: string;
  readonly pause: string;
  readonly flannel: string;
}

/** Not kubeadm's: the newest release that was tested. */
const flannel = "v0.28.4";

/**
 * What spreads the control-plane endpoint, whatever the Kubernetes version: the newest long-term release of HAProxy that was looked at, in the
 * image of its makers, and kube-vip's.
 */
export const balancerVersions = { haproxy: "3.2.22-alpine", "kube-vip": "v1.1.2" } as const;

/**
 * What runs beside a Kubernetes version (`v1.36.3`).
 * @throws UserError for a minor that this kbs does not know.
 */
export const versionsFor = (kubernetesVersion: string): ComponentVersions => ({ ...deltasOf(kubernetesVersion).images, flannel });

/** A version as an image tag, where only letters, digits, `_`, `.` and `-` may stand: `v1.36.3+x` is `v1.36.3_x`. */
export const tagOf = (version: string): string => version.replaceAll(/[^-A-Za-z0-9_.]/g, "_");
