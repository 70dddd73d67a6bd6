import type { Evidence } from "../../../src/diagnose/evidence.ts";

/** Evidence on which a rule speaks, with a part of what it says, and evidence that looks alike on which it keeps silent. */
export interface Case {
  readonly rule: string;
  readonly speaks: Evidence;
  readonly on: "h1" | "h2" | undefined;
  readonly says: string;
  readonly silent: Evidence;
}
