import { keptPatches, membership } from "./common/membership.ts";
import { type ClusterPhase, everyHost } from "./context.ts";

/** Gives: a host that says whose it is, before anything else of the cluster is on it, and nothing more. */
export const claimHost: ClusterPhase = {
  id: "claim-host",
  title: "Note which cluster the host belongs to",
  hosts: everyHost,
  wish: (context) => [membership(context), ...keptPatches(context)],
};
