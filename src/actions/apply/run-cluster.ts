import { type RunResult, runPhases } from "../../engine/run.ts";
import { type ClusterPhase, type Context, closeLearned, firstControlPlane, otherControlPlanes } from "../../phases/context.ts";
import { createContext } from "../context.ts";
import { clusterDoors } from "../fleet/doors.ts";
import type { FleetOptions } from "../options.ts";
import type { Prepared } from "./foresee.ts";

export interface RunOptions extends Pick<FleetOptions, "bus" | "concurrency"> {
  readonly signal: AbortSignal;
}

export interface Ran {
  readonly result: RunResult;
  readonly context: Context;
}

/** One run of phases over the hosts that take part. The API that it has opened is closed again; what it has learned stays. */
export const runOnFleet = async (
  { found, bundles, ticket, fit }: Prepared,
  phases: readonly ClusterPhase[],
  { bus, signal, concurrency }: RunOptions,
): Promise<Ran> => {
  const lost = new Set<string>();
  const context = createContext({ survey: found, bundles, ticket, fit, lost });
  const [first = ""] = firstControlPlane(context);
  const onLost = (host: string): void => void lost.add(host);
  try {
    const doors = clusterDoors(context, bundles);
    // etcd takes one control plane after another.
    const ahead = otherControlPlanes(context);
    const result = await runPhases({ phases, context, first, ahead, doors, ticket, bus, signal, concurrency, onLost });
    return { result, context };
  } finally {
    closeLearned(context);
  }
};
