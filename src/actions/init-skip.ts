import type { Cluster } from "../config/types.ts";
import { UserError } from "../shared/errors.ts";

/** What a run leaves out of what it would do. */
export interface Skipped {
  readonly preflight: boolean;
  readonly kubeProxy: boolean;
  readonly upload: boolean;
  readonly joinLine: boolean;
}

/** kubeadm's names of phases without which kbs's run makes sense. */
const skippable = ["preflight", "addon/kube-proxy", "upload-certs", "show-join-command"] as const;

/** @throws UserError for a phase that cannot be left out */
export const skippedPhases = (names: readonly string[], where: string): Skipped => {
  for (const name of names) {
    if (skippable.some((known) => known === name)) continue;
    throw new UserError(`${where}: kbs init cannot leave out ${JSON.stringify(name)}`, {
      hint: `it can leave out ${skippable.join(", ")}`,
    });
  }
  return {
    preflight: names.includes("preflight"),
    kubeProxy: names.includes("addon/kube-proxy"),
    upload: names.includes("upload-certs"),
    joinLine: names.includes("show-join-command"),
  };
};

/**
 * A cluster whose Services somebody else will serve, as kubeadm writes it down, too.
 * @throws UserError where kbs would install a pod network: DNS finds the API by a Service, and a run that waits for DNS would wait in vain
 */
export const withoutKubeProxy = (cluster: Cluster): Cluster => {
  if (cluster.network.plugin !== "none") {
    throw new UserError("without kube-proxy nothing serves the Service by which DNS finds the API, so DNS would not become ready", {
      hint: "add --network none (in a file network: { plugin: none }), then install a pod network that replaces kube-proxy",
    });
  }
  return { ...cluster, kubernetes: { ...cluster.kubernetes, proxyMode: "none" } };
};
