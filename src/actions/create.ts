import type { ObjectChange } from "../changes/change.ts";
import type { Ticket } from "../changes/message.ts";
import type { Doors, ObjectRecord } from "../engine/doors.ts";
import { type RunResult, runPhases } from "../engine/run.ts";
import { reconcile } from "../kube/reconcile.ts";
import { applyExtraAddons, makeAddonCertificates } from "../phases/apply-extra-addons.ts";
import { applyAddons, applyBootstrapObjects, makeToken } from "../phases/apply-objects.ts";
import { type ClusterPhase, type Context, firstControlPlane } from "../phases/context.ts";
import { importControlPlaneImages, importNodeImages } from "../phases/import-images.ts";
import { installContainerd } from "../phases/install-containerd.ts";
import { installCni, installKubelet } from "../phases/install-kubelet.ts";
import { forgetToken, joinWorkers } from "../phases/join-workers.ts";
import { labelNodes } from "../phases/label-nodes.ts";
import { makePki } from "../phases/make-pki.ts";
import { prepareHost } from "../phases/prepare-host.ts";
import { startApiServer, startControllers } from "../phases/start-control-plane.ts";
import { startKubelet } from "../phases/start-kubelet.ts";
import { deleteTokens, removeBlobs } from "../phases/tidy.ts";
import { waitApiServer } from "../phases/wait-api-server.ts";
import { waitReady } from "../phases/wait-ready.ts";
import { writeCertificates } from "../phases/write-certificates.ts";
import type { ExitName } from "../shared/errors.ts";
import { type Bundles, createContext, openBundles } from "./context.ts";
import { examine, fitHosts } from "./fitness.ts";
import { lostLease, takeLeases } from "./lease.ts";
import type { ActionOutcome, FleetOptions } from "./options.ts";
import { worstExit } from "./outcome.ts";
import { type Survey, survey } from "./survey.ts";
import { writeKubeconfig } from "./write-kubeconfig.ts";

/** From plain machines to a cluster. Each starts when what it needs is done, whatever its place in the list. */
export const createPhases: readonly ClusterPhase[] = [
  prepareHost,
  installContainerd,
  installKubelet,
  importControlPlaneImages,
  importNodeImages,
  installCni,
  makePki,
  startKubelet,
  writeCertificates,
  startApiServer,
  waitApiServer,
  startControllers,
  applyBootstrapObjects,
  makeToken,
  applyAddons,
  makeAddonCertificates,
  applyExtraAddons,
  joinWorkers,
  labelNodes,
  removeBlobs,
  waitReady,
  forgetToken,
  deleteTokens,
];

export interface CreateOptions extends FleetOptions {
  /** Also put the cluster into the user's own kubeconfig. */
  readonly mergeKubeconfig: boolean;
  /** Where the cluster's kubeconfig is written; default `<name>.kubeconfig` in the working directory. */
  readonly kubeconfigFile?: string;
}

/** Makes the cluster of a configuration file, or brings one that was made from it to what the file says. */
export const createCluster = async (options: CreateOptions): Promise<ActionOutcome> => {
  const found = await survey(options);
  try {
    const bundles = await openBundles(found, options);
    try {
      return await createSurveyed(found, bundles, options);
    } finally {
      await Promise.all(bundles.all.map((bundle) => bundle.close()));
    }
  } finally {
    await found.fleet.close();
  }
};

const createSurveyed = async (found: Survey, bundles: Bundles, options: CreateOptions): Promise<ActionOutcome> => {
  const platforms = bundles.all.map(({ platform }) => `${platform.os}/${platform.architecture}`);
  const { fit, exit: leftOut } = fitHosts(found, examine(found, platforms, options.ignorePreflight), options);
  const ticket: Ticket = { cluster: { id: found.clusterId, name: found.cluster.name }, run: found.run };
  const lost = new Set<string>();
  const context = createContext({ survey: found, bundles, ticket, fit, lost });
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const [first = ""] = firstControlPlane(context);
  const order = [first, ...context.hosts.map(({ name }) => name).filter((name) => name !== first)];
  const leases = await takeLeases(order.map(context.door), ticket, options.command, signal, (host, reason) =>
    stop.abort(lostLease(host, reason)),
  );
  try {
    const doors = doorsOf(context, bundles);
    const result = await runPhases({
      phases: createPhases,
      context,
      first,
      doors,
      ticket,
      bus: options.bus,
      signal,
      concurrency: options.concurrency,
      onLost: (host) => lost.add(host),
    });
    if (stop.signal.aborted) throw stop.signal.reason;
    return await finish(context, result, leftOut, options);
  } finally {
    if (context.learned.has("kube")) context.learned.get("kube").close();
    await leases.release();
  }
};

/** How many objects are applied at once. */
const objectsAtOnce = 16;

/** A namespace stands before what is in it. */
const isNamespace = ({ object }: ObjectChange): boolean => object.kind === "Namespace";

const doorsOf = (context: Context, bundles: Bundles): Doors => ({
  host: context.door,
  applyObjects: async (changes, signal) => {
    const records = new Map<ObjectChange, ObjectRecord>();
    const apply = async (change: ObjectChange): Promise<void> => {
      records.set(change, await applyOne(context, change, signal));
    };
    for (const group of [changes.filter(isNamespace), changes.filter((change) => !isNamespace(change))]) {
      const queue = [...group];
      const work = async (): Promise<void> => {
        for (let next = queue.shift(); next; next = queue.shift()) await apply(next);
      };
      await Promise.all(Array.from({ length: objectsAtOnce }, work));
    }
    return changes.map((change) => records.get(change) ?? { state: "failed", detail: "it was not applied" });
  },
  readBlob: async function* (blob, offset) {
    const bundle = bundles.all.find((candidate) => candidate.holds(blob));
    if (!bundle) throw new Error(`no bundle holds ${blob.digest}`);
    // Nothing leaves this machine unverified; each blob is read for it once.
    await bundle.verify([blob]);
    yield* bundle.read(blob, offset);
  },
});

const applyOne = async ({ learned }: Context, change: ObjectChange, signal: AbortSignal): Promise<ObjectRecord> => {
  try {
    const { state, differs } = await reconcile(learned.get("kube"), change, "apply", { signal });
    return { state: state === "same" ? "same" : "changed", detail: differs.join("\n") };
  } catch (error) {
    signal.throwIfAborted();
    return { state: "failed", detail: error instanceof Error ? error.message : String(error) };
  }
};

const finish = async (context: Context, result: RunResult, leftOut: ExitName, options: CreateOptions): Promise<ActionOutcome> => {
  if (options.signal.aborted) return { exit: "interrupted", changed: result.changed, next: [] };
  const exit = worstExit([leftOut, ...result.failures.map(({ error }) => error.exit)]);
  if (!context.learned.has("kube") || !context.learned.has("pki")) return { exit, changed: result.changed, next: [] };
  const path = await writeKubeconfig(context, options);
  return { exit, changed: result.changed, next: [`export KUBECONFIG=${path}`, "kubectl get nodes"] };
};
