import { UserError } from "../shared/errors.ts";
import { phaseName } from "./phase-name.ts";

/** What stands at the end of a join: it can be left out, and done alone. */
const lastPhases = {
  "control-plane-join": ["label-nodes"],
  "control-plane-join/mark-control-plane": ["label-nodes"],
  "wait-control-plane": ["wait-control-plane"],
};

/** kubeadm's names of phases without which a join makes sense, with kbs's phases that do their work; preflight is none of these. */
const phasesOf: Readonly<Record<string, readonly string[]>> = {
  preflight: [],
  // The token stays where nobody waits for what it brings.
  "kubelet-wait-bootstrap": ["wait-bootstrap", "forget-token"],
  ...lastPhases,
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

/** kubeadm's names of phases that make sense alone, with kbs's phases that do their work; preflight asks, and does nothing. */
const alone: Readonly<Record<string, readonly string[]>> = {
  preflight: [],
  "etcd-join": ["join-etcd", "start-member-kubelet", "start-etcd", "promote-etcd"],
  ...lastPhases,
};

/** What a join does in one go; the same line again does what is left of it. */
const inOneGo = ["control-plane-prepare", "kubelet-start", "kubelet-wait-bootstrap"];

/** A phase of a join. */
export interface JoinPhase {
  readonly name: string;
  /** Ids of kbs's phases. */
  readonly phases: ReadonlySet<string>;
  /** What is typed behind its name. */
  readonly rest: readonly string[];
}

/**
 * A phase by kubeadm's name of it, as words or with slashes, with what stands behind it.
 * @throws UserError for one that kbs does not do alone, which says what does it
 */
export const joinPhaseOf = (words: readonly string[]): JoinPhase => {
  for (const count of [2, 1]) {
    const name = phaseName(words.slice(0, count));
    const phases = alone[name];
    if (phases && words.length >= count) return { name, phases: new Set(phases), rest: words.slice(count) };
  }
  const [first = ""] = phaseName(words).split("/");
  if (inOneGo.includes(first)) {
    throw new UserError(`kbs join phase ${words.join(" ")}: kbs does this in one go with the rest`, {
      hint: "kbs join does it; the same line again does what is left to do",
    });
  }
  throw new UserError(`kbs join phase knows no ${JSON.stringify(words.join(" "))}`, { hint: `it takes ${Object.keys(alone).join(", ")}` });
};
