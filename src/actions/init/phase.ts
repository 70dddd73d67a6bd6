import type { Ticket } from "../../changes/message.ts";
import type { Context } from "../../phases/context.ts";
import { errorsOf } from "../../preflight/judge.ts";
import { type ExitName, UserError } from "../../shared/errors.ts";
import { manifestsDirectory } from "../../templates/paths.ts";
import { runOnFleet } from "../apply/run-cluster.ts";
import { type Bundles, openBundles } from "../context.ts";
import { examine, fitHosts } from "../fitness.ts";
import { withLeases } from "../fleet/lease.ts";
import { refuseOtherCluster } from "../kept/kept.ts";
import { covers } from "../kubeadm-names.ts";
import type { ActionOutcome } from "../options.ts";
import { worstExit } from "../outcome.ts";
import type { Survey } from "../survey.ts";
import { type InitOptions, type Joining, joiningOf, surveyHere } from "./init.ts";
import { type InitPhase, inTurn } from "./phases.ts";

interface PhaseDone {
  readonly outcome: ActionOutcome;
  /** Of show-join-command alone. */
  readonly joining?: Joining;
}

/** All but kubelet-start send no content. */
const noBundles: Bundles = { all: [], forHost: () => undefined };

const bundlesFor = async ({ name }: InitPhase, found: Survey, options: InitOptions): Promise<Bundles> =>
  name === "kubelet-start" ? await openBundles(found, options) : noBundles;

/** What preflight must not find before a single phase writes a file: another one's cluster. */
const foreign: ReadonlySet<string> = new Set(["foreign-kubernetes", "other-cluster"]);

/** @throws UserError for a machine that is something else's node, or of another cluster of kbs */
const refuseForeign = (found: Survey, ignored: readonly string[]): void => {
  const finding = errorsOf(examine(found, undefined, ignored)).find(({ id }) => foreign.has(id));
  if (!finding) return;
  const { problem, evidence, remedy } = finding;
  throw new UserError(`${problem}${evidence === undefined ? "" : ` (${evidence})`}`, { exit: "preflight", hint: remedy });
};

const hasApiServer = ({ cluster, facts }: Survey): boolean =>
  cluster.hosts.every(({ name }) => facts.get(name)?.kubernetes.manifests.includes(`${manifestsDirectory}/kube-apiserver.yaml`));

/** @throws UserError for a machine that kbs has not made a control plane */
const refusePlain = (found: Survey, { name }: InitPhase): void => {
  if (!found.isNew && hasApiServer(found)) return;
  throw new UserError(`kbs init phase ${name} works on a control plane that kbs has made, and this machine is none`, {
    exit: "preflight",
    hint: "kbs init makes it one; on a control plane of kubeadm's its own command is right",
  });
};

const examineAlone = async (found: Survey, ignored: readonly string[], options: InitOptions): Promise<ActionOutcome> => {
  const bundles = await openBundles(found, options);
  try {
    const platforms = bundles.all.map(({ platform }) => `${platform.os}/${platform.architecture}`);
    const { exit } = fitHosts(found, examine(found, platforms, ignored), options);
    return { exit, changed: 0, next: [] };
  } finally {
    await Promise.all(bundles.all.map((bundle) => bundle.close()));
  }
};

interface Performed {
  readonly exit: ExitName;
  readonly changed: number;
  readonly context: Context;
}

/** Runs a phase on this machine, under its lease; what it has learned is told by the context. */
const perform = async (surveyed: Survey, phase: InitPhase, options: InitOptions): Promise<Performed> => {
  const found: Survey = { ...surveyed, parts: covers([phase.name, ...phase.also]) };
  const { bus, concurrency } = options;
  const ticket: Ticket = { cluster: { id: found.clusterId, name: found.cluster.name }, run: found.run };
  const fit = new Set(found.cluster.hosts.map(({ name }) => name));
  const bundles = await bundlesFor(phase, found, options);
  try {
    return await withLeases([...found.fleet.doors.values()], ticket, options, async (signal) => {
      const ran = await runOnFleet({ found, bundles, ticket, fit }, inTurn(phase.phases), { bus, signal, concurrency });
      const { failures, changed } = ran.result;
      const exit = options.signal.aborted ? "interrupted" : worstExit(failures.map(({ error }) => error.exit));
      return { exit, changed, context: ran.context };
    });
  } finally {
    await Promise.all(bundles.all.map((bundle) => bundle.close()));
  }
};

/**
 * Does one phase of an init on this machine, by what flags or a file say of the cluster.
 * @throws UserError when kbs is not root, and for a machine on which it makes no sense
 */
export const runInitPhase = async (phase: InitPhase, options: InitOptions): Promise<PhaseDone> => {
  const { found, ignorePreflight } = await surveyHere(options);
  try {
    refuseOtherCluster(found);
    if (phase.name === "preflight") return { outcome: await examineAlone(found, ignorePreflight, options) };
    if (phase.isOfFiles) refuseForeign(found, ignorePreflight);
    else refusePlain(found, phase);
    const { exit, changed, context } = await perform(found, phase, options);
    const isShown = phase.name === "show-join-command" && exit === "done";
    return { outcome: { exit, changed, next: [] }, ...(isShown && { joining: joiningOf(context) }) };
  } finally {
    await found.fleet.close();
  }
};
