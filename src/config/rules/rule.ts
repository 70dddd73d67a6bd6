import type { ClusterFile } from "../file-types.ts";
import type { Finding } from "../problems.ts";
import type { Path } from "../schema.ts";
import type { Cluster } from "../types.ts";

/** What a rule sees: the file as written, without what has the wrong shape, and the same with every default filled in. */
export interface View {
  readonly file: ClusterFile;
  readonly cluster: Cluster;
  /** Whether all below a path is as written. Where it is not, a rule must not conclude that something is missing. */
  readonly intact: (path: Path) => boolean;
}

/** One idea of what a configuration must mean. */
export type Rule = (view: View) => readonly Finding[];

export type HostFile = NonNullable<NonNullable<ClusterFile["spec"]>["hosts"]>[number];

/** What is to be said of each host, with the host's path. */
export const eachHost = (view: View, judge: (host: HostFile, path: Path, index: number) => readonly Finding[]): Finding[] =>
  (view.file.spec?.hosts ?? []).flatMap((host, index) => judge(host, ["spec", "hosts", index], index));

/** A finding if the value is there and the sentence is needed. */
export const when = (condition: boolean, finding: Finding): Finding[] => (condition ? [finding] : []);
