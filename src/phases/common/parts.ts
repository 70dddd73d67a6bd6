import type { Context } from "../context.ts";

/**
 * Whether a run makes a part of a control plane, by kubeadm's name of the phase that does: `certs/apiserver`, `kubelet-start`. What it does not make is
 * used as it is found.
 */
export const makes = ({ parts }: Pick<Context, "parts">, part: string): boolean => parts?.(part) ?? true;

/** What kubeadm has no phase for. */
export const podNetwork = "pod-network";
