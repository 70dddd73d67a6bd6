import type { Cluster } from "../../config/types.ts";
import { UserError } from "../../shared/errors.ts";
import { covers, initNames, skippedNames } from "../kubeadm-names.ts";

/** What a run leaves out of what it would do. */
export interface Skipped {
  readonly preflight: boolean;
  readonly kubeProxy: boolean;
  readonly dns: boolean;
  readonly upload: boolean;
  readonly joinLine: boolean;
  /** Which parts of a control plane the run makes; absent: all. */
  readonly parts?: (part: string) => boolean;
}

/** @throws UserError for a name that is no phase of kubeadm's init */
export const skippedPhases = (typed: readonly string[], where: string): Skipped => {
  const names = skippedNames(typed, initNames, where);
  const isLeftOut = covers(names);
  return {
    preflight: isLeftOut("preflight"),
    kubeProxy: isLeftOut("addon/kube-proxy"),
    dns: isLeftOut("addon/coredns"),
    upload: isLeftOut("upload-certs"),
    joinLine: isLeftOut("show-join-command"),
    ...(names.length > 0 && { parts: (part) => !isLeftOut(part) }),
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
