import type { JoinOptions } from "../actions/join.ts";
import type { Discovery } from "../actions/join-discover.ts";
import type { FleetOptions } from "../actions/options.ts";
import { UserError } from "../shared/errors.ts";
import { secrets } from "../shared/secrets.ts";
import { type Context, defineCommand, type Values } from "./command.ts";
import { duration, list, onOff, text } from "./options.ts";
import { withSession } from "./session.ts";
import { fleetOptions, runOptions, supplyOptions } from "./shared-options.ts";
import { tokenOption } from "./token/wish.ts";
import { secretPlaces } from "./typed-secret.ts";

const path = ["join"] as const;

const hashes = "discovery-token-ca-cert-hash";
const unsafe = "discovery-token-unsafe-skip-ca-verification";

const options = {
  token: tokenOption(`The token for discovery and for the kubelet's first certificate, both; ${secretPlaces}`),
  "discovery-token": tokenOption("The token by which cluster-info is signed (default: --token)"),
  "tls-bootstrap-token": tokenOption("The token with which the kubelet asks for its certificate (default: --token)"),
  [hashes]: list("The CA's public key as sha256:HEX; given several times, one must fit", { placeholder: "HASH,…", repeats: true }),
  [unsafe]: onOff("Believe any CA that cluster-info names under the token's signature: whoever knows the token can pose as the cluster"),
  "discovery-file": text("Find the cluster by this kubeconfig instead, which is believed as it is", {
    placeholder: "FILE|URL",
    complete: "file",
  }),
  "node-name": text("The node's name, which becomes the machine's, too (default: the machine's)", { placeholder: "NAME" }),
  config: text("A configuration of kbs that names no hosts: its runtime and supply hold for this machine", {
    placeholder: "FILE",
    complete: "file",
  }),
  "control-plane": onOff("Not there yet: join as one more control plane"),
  "dry-run": onOff("Show what would be done and why, and leave no trace on the machine"),
  bundle: supplyOptions.bundle,
  "ignore-preflight-errors": { ...supplyOptions["ignore-preflight-errors"], repeats: true },
  timeout: duration("Give up after this time", "30m"),
  "log-file": fleetOptions["log-file"],
  yes: runOptions.yes,
  output: runOptions.output,
} as const;

type JoinValues = Values<typeof options>;

const line = 'the line that "kbs init", or "kbs token create --print-join-command" on a control plane, prints has all that is needed';

const byFile = (place: string, values: JoinValues, word: string): Discovery => {
  const others = [
    ...(word === "" ? [] : [word]),
    ...(values["discovery-token"] ? ["--discovery-token"] : []),
    ...(values[hashes].length > 0 ? [`--${hashes}`] : []),
    ...(values[unsafe] ? [`--${unsafe}`] : []),
  ];
  if (others.length > 0) {
    throw new UserError(`${others.join(", ")}: --discovery-file says already which cluster it is`, {
      hint: "leave it out, or --discovery-file",
    });
  }
  return { by: "file", place };
};

/** How the cluster is to be found. @throws UserError for what is missing, or too much */
const discoveryOf = async (values: JoinValues, word: string): Promise<Discovery> => {
  const file = values["discovery-file"];
  if (file !== undefined) return byFile(file, values, word);
  if (word === "")
    throw new UserError("kbs join which cluster? The address of its API server is missing, such as 10.0.0.11:6443", { hint: line });
  const { parseEndpoint } = await import("../kube/discovery-by/endpoint.ts");
  const { parsePins } = await import("../kube/discovery-by/pins.ts");
  const endpoint = parseEndpoint(word);
  const token = values["discovery-token"] ?? values.token;
  if (!token) throw new UserError("the token is missing by which the cluster is known: --token", { hint: line });
  const pins = parsePins(values[hashes], `--${hashes}`);
  if (pins.length > 0 || values[unsafe]) return { by: "token", endpoint, token, pins };
  throw new UserError(`--${hashes} is missing: without it whoever knows the token can pose as the cluster`, {
    hint: `${line}; where that is a risk you accept, say so by --${unsafe}`,
  });
};

const refuseControlPlane = (values: JoinValues): void => {
  if (!values["control-plane"]) return;
  throw new UserError("kbs join makes workers: --control-plane is not there yet", {
    hint: "leave it out to join as a worker",
  });
};

const sessionOf = (values: JoinValues, context: Context) =>
  ({
    path,
    context,
    needsNoFile: true,
    values: { ...values, file: undefined, limit: [], concurrency: 1, "accept-new-host-keys": false },
  }) as const;

const optionsOf = (values: JoinValues, discovery: Discovery, fleet: FleetOptions): JoinOptions => ({
  ...fleet,
  discovery,
  tlsToken: values["tls-bootstrap-token"] ?? values.token,
  nodeName: values["node-name"],
  config: values.config,
  isRoot: process.getuid?.() === 0,
});

const dryRun = (values: JoinValues, discovery: Discovery, context: Context) =>
  withSession({ ...sessionOf(values, context), kind: "read", keepsNothing: true }, async ({ options: fleet, answer }) => {
    const { planJoin } = await import("../actions/join.ts");
    const { planText } = await import("../engine/plan/text.ts");
    const { planJson } = await import("../engine/plan/json.ts");
    const { outcome, plan } = await planJoin(optionsOf(values, discovery, fleet));
    const { answerColor: color, verbosity } = context.globals;
    const told =
      values.output === "json" ? `${JSON.stringify(planJson(plan), null, 2)}\n` : planText(plan, { color, verbose: verbosity > 0 });
    answer(secrets.mask(told));
    return outcome;
  });

export const join = defineCommand({
  path,
  summary: "Make this machine a worker of a cluster",
  description:
    "As root, on the machine itself: what kubeadm join does, with its flags, for a cluster that kbs or kubeadm made. Believes the cluster for the token's " +
    "signature and the hash of its CA. Ends when the node has its certificate and is registered. Run again, it does what is left to do. kbs reset gives " +
    "the machine back.",
  options,
  place: { name: "endpoint", summary: "the API server, as ADDRESS:PORT", fallback: "" },
  examples: [
    [`kbs join 10.0.0.11:6443 --token … --${hashes} …`, "as kbs init prints it, and kubeadm init"],
    ["kbs join --discovery-file cluster.conf --tls-bootstrap-token …", "by a kubeconfig of the cluster"],
    ["kbs join … --dry-run", "what would be done"],
  ],
  exits: ["preflight", "unreachable", "phase", "locked"],
  run: async (values, context) => {
    refuseControlPlane(values);
    const discovery = await discoveryOf(values, context.word);
    if (values["dry-run"]) return await dryRun(values, discovery, context);
    const unchanged = "the machine is a node of this cluster already";
    return await withSession({ ...sessionOf(values, context), kind: "run", unchanged }, async ({ options: fleet }) => {
      const { joinCluster } = await import("../actions/join.ts");
      return await joinCluster(optionsOf(values, discovery, fleet));
    });
  },
});
