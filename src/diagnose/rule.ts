import type { Evidence } from "./evidence.ts";

/** How sure a rule is: it has seen the cause itself; what is there is rarely due to anything else; it may be. */
export type Certainty = "certain" | "likely" | "possible";

/** A cause that a rule has found. */
export interface Cause {
  /** Absent for what concerns no single host. */
  readonly host?: string;
  /** One sentence, without host name and full stop. */
  readonly cause: string;
  /** What to do about it, likewise. */
  readonly remedy: string;
  readonly certainty: Certainty;
  /** What was seen: a few lines of a log, or what was compared. May still hold secrets. */
  readonly seen: readonly string[];
}

/** A rule looks at evidence and at nothing else, so it can be asked of recorded hosts. */
export interface Rule {
  /** Stable, for programs. */
  readonly id: string;
  /** What it looks for, as a question. */
  readonly question: string;
  readonly find: (evidence: Evidence) => readonly Cause[];
}

/** A cause with the rule that found it. */
export interface Finding extends Cause {
  readonly rule: string;
}
