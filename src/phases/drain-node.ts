import type { Phase } from "../changes/phase.ts";
import { cordon, drain } from "../kube/drain.ts";
import { UserError } from "../shared/errors.ts";
import type { LeaveContext } from "./common/reset-context.ts";

const leaving = ({ nodes }: LeaveContext): readonly string[] => nodes;

/** Gives: a node on which no further pod is put. All of them first, lest one gets the pods of another. */
export const cordonNode: Phase<LeaveContext> = {
  id: "cordon-node",
  title: "Cordon the nodes",
  hosts: leaving,
  act: async ({ kube }, node, { signal }) => ({ changed: (await cordon(kube, node, signal)) ? [`node ${node} takes no more pods`] : [] }),
};

const howToGoOn = (node: string): string =>
  `${node} still takes no new pods: run the same command again to go on, or \`kubectl uncordon ${node}\` to keep the node`;

/** Needs: cordoned nodes. Gives: a node whose pods have gone elsewhere, as fast as their disruption budgets allow. */
export const drainNode: Phase<LeaveContext> = {
  id: "drain-node",
  title: "Drain the nodes",
  hosts: leaving,
  needs: [
    { phase: "cordon-node", on: "here" },
    { phase: "cordon-node", on: "everywhere" },
  ],
  act: async ({ kube, drain: options }, node, tools) => {
    try {
      return { changed: (await drain(kube, node, options, tools)).map((pod) => `moved ${pod} away`) };
    } catch (error) {
      if (!(error instanceof UserError) || error.details.hint !== undefined) throw error;
      throw new UserError(error.message, { ...error.details, host: node, cause: error, hint: howToGoOn(node) });
    }
  },
};
