import { UserError } from "../../shared/errors.ts";
import { bringNode } from "../init/phases.ts";
import { covers, joinNames } from "../kubeadm-names.ts";
import { phaseName } from "../phase-name.ts";
import { partsOfJoin, phasesOf } from "./skip.ts";

const pki = ["claim-host", "write-pki"] as const;
const manifests = ["claim-host", "write-manifests"] as const;

/** kubeadm's phases of a join, with the ids of kbs's that do them alone; of those that a worker, or a control plane, does not have none is done. */
const alone: Readonly<Record<string, readonly string[]>> = {
  ...phasesOf,
  preflight: [],
  "control-plane-prepare": [...pki, "write-manifests"],
  "control-plane-prepare/download-certs": pki,
  "control-plane-prepare/certs": pki,
  "control-plane-prepare/kubeconfig": pki,
  "control-plane-prepare/control-plane": manifests,
  "kubelet-start": [...bringNode.map(({ id }) => id), "start-member-kubelet", "join-workers"],
  "control-plane-join": phasesOf["control-plane-join/mark-control-plane"] ?? [],
};

/** A phase of a join. */
export interface JoinPhase {
  readonly name: string;
  /** Ids of kbs's phases. */
  readonly phases: ReadonlySet<string>;
  /** Which parts of a control plane it makes. */
  readonly parts: (part: string) => boolean;
  /** Whether it is one of the first, which a machine needs to have begun nothing for. */
  readonly isFirst: boolean;
  /** Whether it downloads what control planes share, where there is a key to it. Preflight keeps nothing of it. */
  readonly downloads: boolean;
  /** What is typed behind its name. */
  readonly rest: readonly string[];
}

/**
 * A phase by kubeadm's name of it, as words or with slashes, with what stands behind it.
 * @throws UserError for a name that is none, with those that there are
 */
export const joinPhaseOf = (words: readonly string[]): JoinPhase => {
  for (const count of [2, 1]) {
    const name = phaseName(words.slice(0, count));
    const phases = alone[name];
    if (!phases || words.length < count) continue;
    return {
      name,
      phases: new Set(phases),
      parts: partsOfJoin(covers([name])),
      isFirst: covers(["control-plane-prepare", "kubelet-start"])(name),
      downloads: ["preflight", "control-plane-prepare", "control-plane-prepare/download-certs"].includes(name),
      rest: words.slice(count),
    };
  }
  throw new UserError(`kbs join phase knows no ${JSON.stringify(words.join(" "))}`, { hint: `it takes ${joinNames.join(", ")}` });
};
