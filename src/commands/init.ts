import { type Context, defineCommand } from "./command.ts";
import { type InitValues, initOptions, initOptionsOf } from "./init/run.ts";
import { machineSession } from "./machine-session.ts";
import { planAnswer } from "./plan-answer.ts";
import { withSession } from "./session.ts";

const path = ["init"] as const;

const dryRun = (values: InitValues, context: Context) =>
  withSession({ ...machineSession(path, values, context), kind: "read", keepsNothing: true }, async ({ options: fleet, answer }) => {
    const { planInit } = await import("../actions/init/init.ts");
    const { outcome, plan } = await planInit(initOptionsOf(values, fleet, context.io));
    answer(await planAnswer(plan, values.output, context));
    return outcome;
  });

export const init = defineCommand({
  path,
  summary: "Make this machine the control plane of a new cluster",
  description:
    "As root, on the machine itself: what kubeadm init does, with its flags, and the pod network. Ends with the line by which other machines join, " +
    "which goes to standard output alone; -o json leaves it out. Run again, it changes only what differs. kbs reset gives the machine back.",
  options: initOptions,
  examples: [
    ["sudo kbs init", "a control plane with a pod network"],
    ["sudo kbs init --untaint", "a cluster of one machine"],
    ["sudo kbs init --control-plane-endpoint k8s.example.com --upload-certs", "the first of several control planes"],
    ["sudo kbs init --network none --pod-network-cidr 10.50.0.0/16", "bring your own pod network"],
    ["sudo kbs init --dry-run", "what would be done"],
  ],
  exits: ["preflight", "unreachable", "phase", "locked"],
  run: async (values, context) => {
    if (values["dry-run"]) return await dryRun(values, context);
    // Kept out of the session, whose every word goes into the log.
    let ending = "";
    const unchanged = "the machine is as it was asked for";
    const exit = await withSession({ ...machineSession(path, values, context), kind: "run", unchanged }, async ({ options: fleet }) => {
      const { initCluster } = await import("../actions/init/init.ts");
      const { endingText } = await import("./init/ending.ts");
      const { outcome, joining } = await initCluster(initOptionsOf(values, fleet, context.io));
      if (joining && values.output === "text")
        ending = endingText(joining, { showsToken: !values["skip-token-print"], showsKey: !values["skip-certificate-key-print"] });
      return outcome;
    });
    context.io.stdout.write(ending);
    return exit;
  },
});
