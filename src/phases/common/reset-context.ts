import type { DrainOptions } from "../../kube/drain.ts";
import type { Kube } from "../../kube/types.ts";
import type { Context } from "../context.ts";

/** All that giving hosts back takes: whatever the cluster was, the hosts know it. */
export type ResetContext = Pick<Context, "hosts" | "touched" | "door" | "ticket">;

/** What taking nodes out of a cluster needs beside giving their hosts back. */
export interface LeaveContext extends ResetContext {
  readonly kube: Kube;
  /** Names of the nodes that the cluster knows and that are to leave it. */
  readonly nodes: readonly string[];
  readonly drain: DrainOptions;
}
