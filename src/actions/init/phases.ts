import { applyAddons, applyDns } from "../../phases/apply-addons.ts";
import { applyBootstrapObjects } from "../../phases/apply-objects.ts";
import { claimHost } from "../../phases/claim-host.ts";
import { podNetwork } from "../../phases/common/parts.ts";
import type { ClusterPhase } from "../../phases/context.ts";
import { importApiServerImages, importControllerImages, importEtcdImages, importNodeImages } from "../../phases/import-images.ts";
import { installContainerd } from "../../phases/install-containerd.ts";
import { installCni, installKubectl, installKubelet } from "../../phases/install-kubelet.ts";
import { labelNodes } from "../../phases/label-nodes.ts";
import { makePki } from "../../phases/make-pki.ts";
import { offerToken } from "../../phases/offer-token.ts";
import { prepareHost } from "../../phases/prepare-host.ts";
import { writeManifests } from "../../phases/start-control-plane.ts";
import { startKubelet } from "../../phases/start-kubelet.ts";
import { removeBlobs } from "../../phases/tidy.ts";
import { waitApiServer } from "../../phases/wait-api-server.ts";
import { writePki } from "../../phases/write-certificates.ts";
import { UserError } from "../../shared/errors.ts";
import { initNames } from "../kubeadm-names.ts";
import { phaseName } from "../phase-name.ts";

/** A phase of kubeadm's init as phases of kbs. */
export interface InitPhase {
  /** kubeadm's name; what is below another stands behind a slash. */
  readonly name: string;
  /** Empty: nothing but the checks. */
  readonly phases: readonly ClusterPhase[];
  /** What it makes beside what is called like it. */
  readonly also: readonly string[];
  /** Whether it works on files alone, and so before there is a control plane. */
  readonly isOfFiles: boolean;
}

/** What every one that talks to the API needs: the files of the control plane, as they are, and an API server that is ready. */
const api = [makePki, waitApiServer] as const;

/** By the first word of the name: the phases that do it, and what they make beside. */
const ofApi: Readonly<Record<string, { readonly phases: readonly ClusterPhase[]; readonly also?: readonly string[] }>> = {
  "wait-control-plane": { phases: api },
  "upload-config": { phases: [...api, applyBootstrapObjects] },
  "mark-control-plane": { phases: [...api, labelNodes] },
  "bootstrap-token": { phases: [...api, applyBootstrapObjects, offerToken] },
  addon: { phases: [...api, applyAddons, applyDns] },
  // A line without a token that lives would be of no use.
  "show-join-command": { phases: [...api, offerToken], also: ["bootstrap-token"] },
};

const pkiPhases = [claimHost, makePki, writePki] as const;
const manifestPhases = [claimHost, writeManifests] as const;

/** A kubelet comes with all that kubeadm finds on a machine which packages have prepared; of that nothing is brought which is there. */
export const bringNode: readonly ClusterPhase[] = [
  prepareHost,
  installContainerd,
  installKubelet,
  importEtcdImages,
  importApiServerImages,
  importControllerImages,
  installCni,
  importNodeImages,
  installKubectl,
  removeBlobs,
];

const ofFiles: Readonly<Record<string, readonly ClusterPhase[]>> = {
  certs: pkiPhases,
  kubeconfig: pkiPhases,
  "kubelet-finalize": pkiPhases,
  etcd: manifestPhases,
  "control-plane": manifestPhases,
  "kubelet-start": [...bringNode, startKubelet],
};

const phaseOf = (name: string): InitPhase => {
  const [group = ""] = name.split("/");
  const files = ofFiles[group];
  if (files) return { name, phases: files, also: [], isOfFiles: true };
  const { phases, also = [] } = ofApi[group] ?? { phases: [] };
  return { name, phases, also: name === "addon" ? [podNetwork] : also, isOfFiles: false };
};

/** One after another: what else they need is met by the machine as it is. */
export const inTurn = (phases: readonly ClusterPhase[]): readonly ClusterPhase[] =>
  phases.map((phase, index) => {
    const before = phases[index - 1];
    return { ...phase, needs: before ? [{ phase: before.id, on: "here" }] : [] };
  });

/**
 * A phase by kubeadm's name of it, as words or with slashes.
 * @throws UserError for a name that is none, with those that there are
 */
export const initPhaseOf = (words: readonly string[]): InitPhase => {
  const name = phaseName(words);
  if (initNames.includes(name)) return phaseOf(name);
  throw new UserError(`kbs init phase knows no ${JSON.stringify(words.join(" "))}`, { hint: `it takes ${initNames.join(", ")}` });
};
