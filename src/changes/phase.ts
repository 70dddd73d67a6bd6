import type { Change } from "./change.ts";
import type { Lane } from "./message.ts";

/**
 * Something that must be done before a unit starts: another phase, on the same host ("here"), on every host it runs on ("everywhere"),
 * or on the first control plane ("first").
 */
export interface Need {
  readonly phase: string;
  readonly on: "here" | "everywhere" | "first";
}

/**
 * A step towards a cluster. `Context` is what all phases share: configuration, facts, what earlier phases learned.
 * Its wish is pure: the same context gives the same list. What waits, spans hosts or talks to the API without being a change is its act.
 */
export interface Phase<Context> {
  readonly id: string;
  /** Verb and object, as a person says it: "Install containerd". */
  readonly title: string;
  /** Names on which it runs, in order. */
  readonly hosts: (context: Context) => readonly string[];
  readonly needs?: readonly Need[];
  /** Its wish needs nothing that is learned during the run, so it is checked at once and its blobs are staged ahead of need. */
  readonly early?: boolean;
  /** Where its messages queue; default "main". */
  readonly lane?: Lane;
  /** How the host should look once this phase is done. Asked when the needs are met. */
  readonly wish?: (context: Context, host: string) => readonly Change[];
  /** Runs after the wish is fulfilled. Reads the live state first; may be repeated. Says what it did, or nothing when there was nothing to do. */
  readonly act?: (context: Context, host: string, act: ActTools) => Promise<ActOutcome>;
  /**
   * What the act would change, from the live state alone, of which it touches nothing; tells later phases what can be told already.
   * Absent where the act changes nothing by itself.
   */
  readonly foresee?: (context: Context, host: string, tools: ForeseeTools) => Promise<Foresight>;
}

export interface ActTools {
  readonly signal: AbortSignal;
  /** Tells what is being waited for, as it changes. */
  readonly waiting: (reason: string) => void;
  /** Tells a person something that must not be missed. */
  readonly warn: (text: string) => void;
}

/** `changed`: what this act changed, one sentence each; empty when all was as wished. */
export interface ActOutcome {
  readonly changed: readonly string[];
}

export type ForeseeTools = Pick<ActTools, "signal" | "warn">;

export interface Foresight {
  readonly changes: readonly ForeseenChange[];
  /** What is not ready yet, a sentence each: the act would wait for it. */
  readonly waits?: readonly string[];
}

export interface ForeseenChange {
  /** As the act itself begins to name it: "labels of node w1". */
  readonly change: string;
  /** What differs, a line each. */
  readonly why: string;
}

/** Something was asked for before a phase has told it: in the check reading a reason to say so, in the apply reading a bug in the order of phases. */
export class KnownAfter extends Error {
  /** Id of the phase that tells it. */
  readonly phase: string;

  constructor(what: string, phase: string) {
    super(`${what} was asked for before the phase ${phase} has told it`);
    this.name = "KnownAfter";
    this.phase = phase;
  }
}
