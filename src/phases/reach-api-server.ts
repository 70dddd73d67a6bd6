import { pause } from "../kube/patience.ts";
import { presentedBy } from "../kube/presented.ts";
import { ownApiServer } from "../templates/static-pods/index.ts";
import { answersWithin } from "./common/api-ready.ts";
import { type ClusterPhase, firstControlPlane, nothing } from "./context.ts";

/** Milliseconds between two attempts. One that finds the port bound waits there, and is answered in the moment of serving. */
const every = 50;

/**
 * Needs: an API server that has bound its port, which it does about a second before it serves. Gives: one that serves, ready or not. One that never does is
 * for the phase that waits for its readiness to explain.
 */
export const reachApiServer: ClusterPhase = {
  id: "reach-api-server",
  title: "Reach the API server",
  hosts: firstControlPlane,
  needs: [{ phase: "start-api-server", on: "here" }],
  act: async ({ door, cluster }, host, { signal }) => {
    const { at, port } = ownApiServer(cluster);
    const dial = (dialled: AbortSignal) => door(host).dial(at, port, { signal: dialled });
    const end = Date.now() + answersWithin(cluster) * 1000;
    const answers = (): Promise<boolean> =>
      presentedBy(dial, undefined, signal).then(
        () => true,
        () => false,
      );
    while (!(await answers()) && Date.now() < end) await pause(every, signal);
    return nothing;
  },
};
