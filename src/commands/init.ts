import type { InitOptions } from "../actions/init.ts";
import type { FleetOptions } from "../actions/options.ts";
import { secrets } from "../shared/secrets.ts";
import { type Context, defineCommand, type Values } from "./command.ts";
import { clusterFlags, tokenFlags } from "./init/flags.ts";
import { duration, onOff } from "./options.ts";
import { withSession } from "./session.ts";
import { fleetOptions, runOptions, supplyOptions } from "./shared-options.ts";

const path = ["init"] as const;

const options = {
  ...clusterFlags,
  ...tokenFlags,
  "dry-run": onOff("Show what would be done and why, and leave no trace on the machine"),
  bundle: supplyOptions.bundle,
  "ignore-preflight-errors": supplyOptions["ignore-preflight-errors"],
  timeout: duration("Give up after this time", "30m"),
  "log-file": fleetOptions["log-file"],
  yes: runOptions.yes,
  output: runOptions.output,
};

/** What a session takes from the command line: there is one host, and no configuration needs to be found. */
const sessionOf = (values: Values<typeof options>, context: Context) =>
  ({
    path,
    context,
    needsNoFile: true,
    values: { ...values, file: undefined, limit: [], concurrency: 1, "accept-new-host-keys": false },
  }) as const;

const optionsOf = (values: Values<typeof options>, fleet: FleetOptions): InitOptions => ({
  ...fleet,
  flags: values,
  skipPhases: values["skip-phases"],
  ...(values.config !== undefined && { config: values.config }),
  ...(values.token && { token: values.token }),
  ...(values["token-ttl"] !== undefined && { life: values["token-ttl"] }),
  uploadsCertificates: values["upload-certs"],
  ...(values["certificate-key"] !== undefined && { certificateKey: values["certificate-key"] }),
  ...(values.patches !== undefined && { patches: values.patches }),
  isRoot: process.getuid?.() === 0,
});

const dryRun = (values: Values<typeof options>, context: Context) =>
  withSession({ ...sessionOf(values, context), kind: "read", keepsNothing: true }, async ({ options: fleet, answer }) => {
    const { planInit } = await import("../actions/init.ts");
    const { planText } = await import("../engine/plan/text.ts");
    const { planJson } = await import("../engine/plan/json.ts");
    const { outcome, plan } = await planInit(optionsOf(values, fleet));
    const { answerColor: color, verbosity } = context.globals;
    const told =
      values.output === "json" ? `${JSON.stringify(planJson(plan), null, 2)}\n` : planText(plan, { color, verbose: verbosity > 0 });
    answer(secrets.mask(told));
    return outcome;
  });

export const init = defineCommand({
  path,
  summary: "Make this machine the control plane of a new cluster",
  description:
    "As root, on the machine itself: what kubeadm init does, with its flags, and the pod network. Ends with the line by which other machines join, " +
    "which goes to standard output alone; -o json leaves it out. Run again, it changes only what differs. kbs reset gives the machine back.",
  options,
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
    const exit = await withSession({ ...sessionOf(values, context), kind: "run", unchanged }, async ({ options: fleet }) => {
      const { initCluster } = await import("../actions/init.ts");
      const { endingText } = await import("./init/ending.ts");
      const { outcome, joining } = await initCluster(optionsOf(values, fleet));
      if (joining && values.output === "text")
        ending = endingText(joining, { showsToken: !values["skip-token-print"], showsKey: !values["skip-certificate-key-print"] });
      return outcome;
    });
    context.io.stdout.write(ending);
    return exit;
  },
});
