import type { Finding } from "../../problems.ts";
import type { Path } from "../../schema.ts";
import type { Documents, Kind } from "../file-types.ts";

/** What is to be said of a document, which is named by its kind. */
export interface KubeadmFinding extends Finding {
  readonly kind: Kind;
}

/** What a rule sees: every document as written, without what has the wrong shape. */
export interface KubeadmView {
  readonly documents: Documents;
  /** Whether all below a path is as written. Where it is not, a rule must not conclude that something is missing. */
  readonly intact: (kind: Kind, path: Path) => boolean;
}

/** One idea of what a file of kubeadm's must mean. */
export type KubeadmRule = (view: KubeadmView) => readonly KubeadmFinding[];

/** Says of findings whose document they are about. */
export const of = (kind: Kind, findings: readonly Finding[]): KubeadmFinding[] => findings.map((finding) => ({ ...finding, kind }));

/** What is to be said of a text, if one is written: an empty one stands for the default. */
export const judgeText = <T extends string>(text: T | undefined, judge: (text: T) => readonly Finding[]): readonly Finding[] =>
  text === undefined || text === "" ? [] : judge(text);

export { when } from "../../rules/rule.ts";
