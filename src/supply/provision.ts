import { basename } from "node:path";
import type { ClusterHost } from "../config/types.ts";
import type { PackagedContainerd, PackagedFact, PackagedKubelet } from "../facts/packaged.ts";
import { cniBinDirectory } from "../templates/containerd/config.ts";
import { binariesFor, cniPlugins, type InstalledBinary, runtimePrograms } from "./binaries.ts";
import { type ImageChoices, imageNames, imagesFor } from "./images.ts";

/** What of a node's software is used as packages have brought it. */
export interface Used {
  /** Absent: kbs installs its own, with its units. */
  readonly kubelet?: PackagedKubelet;
  readonly containerd?: PackagedContainerd;
}

/** What is on the host and used as it is, and what has to come from a bundle. */
export interface Provision extends Used {
  /** To be installed. */
  readonly binaries: readonly InstalledBinary[];
  /** To be imported: full names. */
  readonly images: readonly string[];
}

/** Beside packages kbs installs only what is missing for what it brings itself: plugins for its pod network, where containerd looks for them. */
const pluginBeside = (binary: InstalledBinary, { network }: ImageChoices, found: PackagedFact): InstalledBinary[] => {
  const path = `${found.containerd?.cniBinDirectory ?? cniBinDirectory}/${basename(binary.path)}`;
  return network.plugin === "none" || found.programs.includes(path) ? [] : [{ ...binary, path }];
};

/**
 * Whose software makes a host a node, decided here alone. On the machine itself a kubelet whose unit reads kubeadm's files, and a containerd that answers
 * kubelets, are used as they are, with their units and configuration. On hosts of a fleet kbs brings all of its own.
 */
export const usedOf = ({ local }: Pick<ClusterHost, "local">, { kubelet, containerd }: PackagedFact): Used => ({
  ...(local && kubelet?.forKubeadm && { kubelet }),
  ...(local && containerd?.answers && { containerd }),
});

/** What a host with these roles is made a node of: what is used as it is, and of all else what kbs brings. */
export const provisionOf = (host: Pick<ClusterHost, "local" | "roles">, choices: ImageChoices, packaged: PackagedFact): Provision => {
  const used = usedOf(host, packaged);
  const { kubelet, containerd } = used;
  const binaries = binariesFor(host.roles, choices.network.plugin).flatMap((binary) => {
    if (runtimePrograms.has(binary.name)) return containerd ? [] : [binary];
    // An administrator who has brought the kubelet has decided about kubectl, too.
    if (binary.name === "kubelet" || binary.name === "kubectl") return kubelet ? [] : [binary];
    return containerd && cniPlugins.has(binary.name) ? pluginBeside(binary, choices, packaged) : [binary];
  });
  const images = imagesFor(host.roles, choices);
  if (!containerd) return { ...used, binaries, images };
  const { pause } = imageNames(choices);
  const wanted = images.map((name) => (name === pause ? (containerd.sandboxImage ?? pause) : name));
  return { ...used, binaries, images: wanted.filter((name) => !packaged.images.includes(name)) };
};

/**
 * Whether a host can do without what is missing: images can be fetched by kubelets, and a worker whose containerd is there gets its network by whatever
 * the cluster runs on nodes.
 */
export const canDoWithout = ({ containerd, binaries }: Provision, { roles }: Pick<ClusterHost, "roles">): boolean =>
  containerd !== undefined &&
  (binaries.length === 0 || (!roles.includes("control-plane") && binaries.every(({ name }) => cniPlugins.has(name))));

/** Whether a bundle has something to give to the host. */
export const needsBundle = ({ binaries, images }: Provision): boolean => binaries.length > 0 || images.length > 0;
