import type { Cluster } from "../../config/types.ts";
import { KubeError } from "../../kube/error.ts";
import type { Kube } from "../../kube/types.ts";

/** Seconds in which each component of a control plane must answer, and the API server be ready: kubeadm's controlPlaneComponentHealthCheck. */
export const answersWithin = ({ controlPlaneWithin = 240 }: Pick<Cluster, "controlPlaneWithin">): number => controlPlaneWithin;

/** The checks of its own readiness that an API server does not pass; none when it is ready. @throws KubeError when it does not tell */
export const failingChecks = async (kube: Kube): Promise<readonly string[]> => {
  try {
    await kube.raw("GET", "/readyz", undefined, { patience: 0, timeout: 5000 });
    return [];
  } catch (error) {
    // It answers 500 with a line per check; those that fail begin with "[-]".
    const failing = error instanceof KubeError ? [...error.message.matchAll(/^\[-\](\S+)/gm)].map(([, name = ""]) => name) : [];
    if (failing.length === 0) throw error;
    return failing;
  }
};

/** Why it is not ready yet. */
export const apiReason = (failing: readonly string[]): string | undefined =>
  failing.length === 0 ? undefined : `the API server's ${failing.join(", ")}`;

/** What an API server does itself once it serves: its roles, priorities and the like. */
const isHook = (check: string): boolean => check.startsWith("poststarthook/");

const hasNamespaces = async (kube: Kube): Promise<boolean> => {
  const found = await Promise.all(["kube-system", "kube-public"].map((name) => kube.get({ apiVersion: "v1", kind: "Namespace", name })));
  return found.every((namespace) => namespace !== undefined);
};

/** Whether it takes objects already from an administrator who needs no roles. */
export const takesObjects = async (kube: Kube, failing: readonly string[]): Promise<boolean> =>
  failing.every(isHook) && (failing.length === 0 || (await hasNamespaces(kube)));
