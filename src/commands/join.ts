import type { JoinOptions } from "../actions/join.ts";
import type { FleetOptions } from "../actions/options.ts";
import { secrets } from "../shared/secrets.ts";
import { type Context, defineCommand } from "./command.ts";
import { hashes, type JoinValues, joinOptions } from "./join/flags.ts";
import { type JoinWish, wishOf } from "./join/wish.ts";
import { withSession } from "./session.ts";

const path = ["join"] as const;

const sessionOf = (values: JoinValues, context: Context) =>
  ({
    path,
    context,
    needsNoFile: true,
    values: { ...values, file: undefined, limit: [], concurrency: 1, "accept-new-host-keys": false },
  }) as const;

const optionsOf = ({ warnings, ...wish }: JoinWish, fleet: FleetOptions): JoinOptions => {
  for (const text of warnings) fleet.bus.emit({ type: "warning", text });
  return { ...fleet, ...wish, isRoot: process.getuid?.() === 0 };
};

const dryRun = (values: JoinValues, wish: JoinWish, context: Context) =>
  withSession({ ...sessionOf(values, context), kind: "read", keepsNothing: true }, async ({ options: fleet, answer }) => {
    const { planJoin } = await import("../actions/join.ts");
    const { planText } = await import("../engine/plan/text.ts");
    const { planJson } = await import("../engine/plan/json.ts");
    const { outcome, plan } = await planJoin(optionsOf(wish, fleet));
    const { answerColor: color, verbosity } = context.globals;
    const told =
      values.output === "json" ? `${JSON.stringify(planJson(plan), null, 2)}\n` : planText(plan, { color, verbose: verbosity > 0 });
    answer(secrets.mask(told));
    return outcome;
  });

export const join = defineCommand({
  path,
  summary: "Make this machine a worker of a cluster, or one more control plane",
  description:
    "As root, on the machine itself: what kubeadm join does, with its flags and its file, for a cluster that kbs or kubeadm made. Believes the cluster for the " +
    "token's signature and the hash of its CA. Ends when the node has its certificate and is registered, and with --control-plane when its etcd has its vote " +
    "and its API server answers. Run again, it does what is left to do. kbs reset gives the machine back.",
  options: joinOptions,
  place: { name: "endpoint", summary: "the API server, as ADDRESS:PORT", fallback: "" },
  examples: [
    [`kbs join 10.0.0.11:6443 --token … --${hashes} …`, "as kbs init prints it, and kubeadm init"],
    ["kbs join … --control-plane --certificate-key …", "as one more control plane, after kbs init --upload-certs"],
    ["kbs join --discovery-file cluster.conf --tls-bootstrap-token …", "by a kubeconfig of the cluster"],
    ["kbs join … --dry-run", "what would be done"],
  ],
  exits: ["preflight", "unreachable", "phase", "locked"],
  run: async (values, context) => {
    const wish = await wishOf(values, context.word);
    if (wish.dryRun) return await dryRun(values, wish, context);
    const unchanged = "the machine is a node of this cluster already";
    return await withSession({ ...sessionOf(values, context), kind: "run", unchanged }, async ({ options: fleet }) => {
      const { joinCluster } = await import("../actions/join.ts");
      return await joinCluster(optionsOf(wish, fleet));
    });
  },
});
