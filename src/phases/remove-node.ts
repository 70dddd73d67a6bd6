import type { Phase } from "../changes/phase.ts";
import type { LeaveContext } from "./common/reset-context.ts";

/**
 * Needs: a drained node, and its host given back, so that no kubelet makes the entry anew. Gives: a cluster that does not know the node. Its lease,
 * its CSINode and what was bound to it go by the cluster's own garbage collection, its certificate requests within the hour.
 */
export const removeNode: Phase<LeaveContext> = {
  id: "remove-node",
  title: "Remove the nodes from the cluster",
  hosts: ({ nodes }) => nodes,
  needs: [
    { phase: "drain-node", on: "here" },
    { phase: "undo-changes", on: "here" },
  ],
  act: async ({ kube }, name, { signal }) => ({
    changed: (await kube.remove({ apiVersion: "v1", kind: "Node", name }, { signal })) ? [`node ${name}`] : [],
  }),
};
