import type { DrainOptions } from "../../kube/drain.ts";
import type { Etcd } from "../../kube/etcd/types.ts";
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
  /** Present where a member of etcd is to leave. */
  readonly etcd?: LeavingMembers;
}

/** Members of etcd that are to leave it, and who stays. */
export interface LeavingMembers {
  /** By way of members that stay. */
  readonly client: Etcd;
  /** Host of one that stays: the snapshot is kept there. */
  readonly keeper: string;
  /** By node: the member's peer URL; undefined where only its name is known. */
  readonly leaving: ReadonlyMap<string, string | undefined>;
  /** Ids of the members with a vote that are well now. */
  readonly healthy: (signal: AbortSignal) => Promise<ReadonlySet<string>>;
  /** One after another. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}
