import type { Check, CheckContext } from "../check.ts";
import { isControlPlane, runsEtcd } from "../roles.ts";

/** The run's lease keeps one, and messages take turns with another. */
const fewest = 2;
/** Where sshd forwards nothing, the connections to the API server and to etcd keep one each. */
const withoutForwarding = 4;

const isDialled = (context: CheckContext): boolean => isControlPlane(context) || runsEtcd(context);

export const sshSessions: Check = {
  id: "ssh-sessions",
  question: "Does sshd take as many sessions at once as a run needs?",
  severity: "error",
  appliesTo: ({ host }) => !host.local,
  ask: (context) => {
    const { maxSessions, forwards } = context.facts.sshd;
    const passesBySession = forwards === false && isDialled(context);
    const needed = passesBySession ? withoutForwarding : fewest;
    if (maxSessions === undefined || maxSessions >= needed) return undefined;
    const sessions = `${maxSessions} session${maxSessions === 1 ? "" : "s"}`;
    return {
      problem: `sshd takes ${sessions} at once on one connection (MaxSessions), a run needs ${needed}${passesBySession ? " where it forbids forwarding" : ""}`,
      remedy: `set MaxSessions in its sshd_config to ${needed} or more${passesBySession ? ", or AllowTcpForwarding to local" : ""}, then reload it ("systemctl reload ssh" or "sshd")`,
    };
  },
};
