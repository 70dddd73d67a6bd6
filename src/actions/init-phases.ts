import { applyAddons, applyDns } from "../phases/apply-addons.ts";
import { applyBootstrapObjects } from "../phases/apply-objects.ts";
import type { ClusterPhase } from "../phases/context.ts";
import { labelNodes } from "../phases/label-nodes.ts";
import { makePki } from "../phases/make-pki.ts";
import { offerToken } from "../phases/offer-token.ts";
import { waitApiServer } from "../phases/wait-api-server.ts";
import { UserError } from "../shared/errors.ts";
import { phaseName } from "./phase-name.ts";

/** A phase of kubeadm's init as phases of kbs: those that make sense alone, on a control plane that is there. */
export interface InitPhase {
  /** kubeadm's name; what is below another stands behind a slash. */
  readonly name: string;
  readonly does: string;
  /** Empty: nothing but the checks. */
  readonly phases: readonly ClusterPhase[];
}

/** What every one that talks to the API needs: the files of the control plane, of which what is good is kept, and an API server that is ready. */
const api = [makePki, waitApiServer] as const;

const configuration = [...api, applyBootstrapObjects];

export const initPhases: readonly InitPhase[] = [
  { name: "preflight", does: "asks whether this machine could become a control plane", phases: [] },
  { name: "wait-control-plane", does: "waits for the API server", phases: api },
  {
    name: "upload-config",
    does: "publishes the configurations of the cluster and of kubelets, and who may read them",
    phases: configuration,
  },
  { name: "upload-config/kubeadm", does: "the same", phases: configuration },
  { name: "upload-config/kubelet", does: "the same", phases: configuration },
  { name: "upload-certs", does: "uploads what control planes share, sealed, for two hours, and prints the key", phases: [] },
  { name: "mark-control-plane", does: "labels and taints the node", phases: [...api, labelNodes] },
  { name: "bootstrap-token", does: "makes a token and the rights of machines that join", phases: [...configuration, offerToken] },
  { name: "addon", does: "applies kube-proxy, the pod network and DNS", phases: [...api, applyAddons, applyDns] },
  { name: "addon/kube-proxy", does: "applies kube-proxy and the pod network", phases: [...api, applyAddons] },
  { name: "addon/coredns", does: "applies DNS", phases: [...api, applyDns] },
  {
    name: "show-join-command",
    does: "prints the lines by which machines join, with a token that lives",
    phases: [...configuration, offerToken],
  },
];

/** One after another: what else they need is met by the control plane that is there. */
export const inTurn = (phases: readonly ClusterPhase[]): readonly ClusterPhase[] =>
  phases.map((phase, index) => {
    const before = phases[index - 1];
    return { ...phase, needs: before ? [{ phase: before.id, on: "here" }] : [] };
  });

/** What a run of kbs init does in one go; a second run makes what is missing, so there is nothing to be done alone. */
const inOneGo = ["certs", "kubeconfig", "etcd", "control-plane", "kubelet-start", "kubelet-finalize"];

/**
 * A phase by kubeadm's name of it, as words or with slashes.
 * @throws UserError for one that kbs does not do alone, which says what does it
 */
export const initPhaseOf = (words: readonly string[]): InitPhase => {
  const name = phaseName(words);
  const found = initPhases.find((phase) => phase.name === name);
  if (found) return found;
  if (inOneGo.includes(name.split("/")[0] ?? "")) {
    throw new UserError(`kbs init phase ${words.join(" ")}: kbs does this in one go with the rest`, {
      hint: "kbs init does it; run again, it makes what is missing, and leaves what is good as it is",
    });
  }
  throw new UserError(`kbs init phase knows no ${JSON.stringify(words.join(" "))}`, {
    hint: `it takes ${initPhases.map((phase) => phase.name).join(", ")}`,
  });
};
