import { UserError } from "../shared/errors.ts";

/** kubeadm's names of phases without which a join makes sense, with kbs's phases that do their work; preflight is none of these. */
const phasesOf: Readonly<Record<string, readonly string[]>> = {
  preflight: [],
  // The token stays where nobody waits for what it brings.
  "kubelet-wait-bootstrap": ["wait-bootstrap", "forget-token"],
  "control-plane-join": ["label-nodes"],
  "control-plane-join/mark-control-plane": ["label-nodes"],
  "wait-control-plane": ["wait-control-plane"],
};

/** kubeadm's names that `--skip-phases` takes. */
export const skippableJoinPhases: readonly string[] = Object.keys(phasesOf);

/** What a join leaves out of what it would do. */
export interface SkippedOfJoin {
  readonly preflight: boolean;
  /** Ids of kbs's phases. */
  readonly phases: ReadonlySet<string>;
}

/** @throws UserError for a phase that cannot be left out */
export const skippedJoinPhases = (names: readonly string[]): SkippedOfJoin => {
  for (const name of names) {
    if (skippableJoinPhases.includes(name)) continue;
    throw new UserError(`--skip-phases: kbs join cannot leave out ${JSON.stringify(name)}`, {
      hint: `it can leave out ${skippableJoinPhases.join(", ")}`,
    });
  }
  return { preflight: names.includes("preflight"), phases: new Set(names.flatMap((name) => phasesOf[name] ?? [])) };
};
