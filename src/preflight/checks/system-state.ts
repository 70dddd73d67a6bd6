import type { Check } from "../check.ts";

const wrong: Readonly<Record<string, string>> = {
  starting: "is still booting",
  initializing: "is still booting",
  maintenance: "is in rescue mode",
  stopping: "is shutting down",
};

export const systemState: Check = {
  id: "system-state",
  question: "Has the host finished booting?",
  severity: "error",
  appliesTo: ({ facts }) => facts.systemd.running,
  ask: ({ facts: { systemd } }) => {
    const what = wrong[systemd.state];
    if (what === undefined) return undefined;
    return {
      problem: `the host ${what}`,
      evidence: `systemctl is-system-running: ${systemd.state}`,
      remedy: 'wait for it, or see what holds it up with "systemctl list-jobs"',
      // A job that never ends (a missing network mount, say) leaves "starting" for ever on hosts that otherwise work.
      severity: systemd.state === "starting" ? "warning" : "error",
    };
  },
};
