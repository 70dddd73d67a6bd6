import type { Cluster } from "../../config/types.ts";
import { above, isLater, mostApart } from "../../config/versions.ts";
import type { HostFacts } from "../../facts/index.ts";
import { KubeError } from "../../kube/error.ts";
import type { Kube } from "../../kube/types.ts";
import { UserError } from "../../shared/errors.ts";

const whyNot = (wished: string, runs: string): { readonly probably: string; readonly hint: string } => {
  const hint = `ask for ${runs}, the version that runs: by spec.kubernetes.version in the file, or by --kubernetes-version`;
  if (isLater(runs, wished)) return { probably: "the cluster was upgraded meanwhile, and a version is never lowered", hint };
  const tooFar = above(wished, runs).minors > 1 ? "; and control planes go up one minor version at a time" : "";
  return { probably: `this would be an upgrade, which this version of kbs cannot do yet${tooFar}`, hint };
};

/** What is asked for is not what runs: who runs which version, the most telling first. */
export const otherVersion = (
  { source, kubernetes: { version } }: Cluster,
  running: readonly (readonly [who: string, version: string])[],
): UserError => {
  const told = running.map(([who, runs]) => `${who} runs ${runs}`).join(", ");
  return new UserError(`${source} asks for Kubernetes ${version}, but ${told}`, whyNot(version, running[0]?.[1] ?? ""));
};

/**
 * A cluster that lives keeps its version: an upgrade is more than other files.
 * @throws UserError exit "usage"
 */
export const refuseOtherVersion = (cluster: Cluster, facts: ReadonlyMap<string, Pick<HostFacts, "kubernetes" | "ownership">>): void => {
  const { version } = cluster.kubernetes;
  for (const [host, { kubernetes, ownership }] of facts) {
    // A build of one's own, by a patch, say, is no other version.
    const { apiServerVersion: runs = version } = kubernetes;
    const isOther = isLater(runs, version) || isLater(version, runs);
    if (ownership?.name === cluster.name && isOther) throw otherVersion(cluster, [[`the API server of ${host}`, runs]]);
  }
};

const servedVersion = async (kube: Kube, signal: AbortSignal): Promise<string> => {
  try {
    return (await kube.raw<{ readonly gitVersion: string }>("GET", "/version", undefined, { signal })).gitVersion;
  } catch (error) {
    // Whoever has closed this to tokens has closed it to kubeadm, too, which does not ask.
    if (error instanceof KubeError && [401, 403].includes(error.code)) return "";
    throw error;
  }
};

/**
 * A machine gets the version that the cluster is configured for, and has to get on with the API server that answers.
 * @throws UserError exit "preflight"
 */
export const refuseOtherServer = async (
  { kubernetes: { version } }: Cluster,
  kube: Kube,
  { asControlPlane, signal }: { readonly asControlPlane: boolean; readonly signal: AbortSignal },
): Promise<void> => {
  const serves = await servedVersion(kube, signal);
  const { minors } = above(serves, version);
  const most = asControlPlane ? mostApart.controlPlane : mostApart.kubelet;
  if (minors >= 0 && minors <= most) return;
  const why =
    minors < 0
      ? "a kubelet must not be newer than its API server"
      : `${asControlPlane ? "control planes" : "a kubelet and its API server"} may be ${most} minor version${most === 1 ? "" : "s"} apart`;
  throw new UserError(`the cluster is configured for Kubernetes ${version}, but its API server runs ${serves}: ${why}`, {
    exit: "preflight",
    probably: "its control planes are being upgraded",
    hint: "join again when that is done; see: kubectl version",
  });
};
