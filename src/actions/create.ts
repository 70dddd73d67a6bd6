import type { Ticket } from "../changes/message.ts";
import { type RunResult, runPhases } from "../engine/run.ts";
import { applyExtraAddons, makeAddonCertificates } from "../phases/apply-extra-addons.ts";
import { applyAddons, applyBootstrapObjects, makeToken } from "../phases/apply-objects.ts";
import { type ClusterPhase, type Context, firstControlPlane } from "../phases/context.ts";
import { importControlPlaneImages, importNodeImages } from "../phases/import-images.ts";
import { installContainerd } from "../phases/install-containerd.ts";
import { installCni, installKubectl, installKubelet } from "../phases/install-kubelet.ts";
import { forgetToken, joinWorkers } from "../phases/join-workers.ts";
import { labelNodes } from "../phases/label-nodes.ts";
import { makePki } from "../phases/make-pki.ts";
import { prepareHost } from "../phases/prepare-host.ts";
import { startControlPlane } from "../phases/start-control-plane.ts";
import { startKubelet } from "../phases/start-kubelet.ts";
import { deleteTokens, removeBlobs } from "../phases/tidy.ts";
import { waitApiServer } from "../phases/wait-api-server.ts";
import { waitReady } from "../phases/wait-ready.ts";
import { writeCertificates } from "../phases/write-certificates.ts";
import type { ExitName } from "../shared/errors.ts";
import { type Bundles, createContext, openBundles } from "./context.ts";
import { clusterDoors } from "./doors.ts";
import { examine, fitHosts } from "./fitness.ts";
import { arbiterFirst, withLeases } from "./lease.ts";
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
  installCni,
  importNodeImages,
  installKubectl,
  makePki,
  startKubelet,
  writeCertificates,
  startControlPlane,
  waitApiServer,
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
  /** Put the cluster into the user's own kubeconfig, instead of a file of its own unless one is named. */
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
  const [first = ""] = firstControlPlane(context);
  const { bus, concurrency } = options;
  const doors = clusterDoors(context, bundles);
  const onLost = (host: string): void => void lost.add(host);
  try {
    return await withLeases(arbiterFirst(context.hosts).map(context.door), ticket, options, async (signal) => {
      const result = await runPhases({ phases: createPhases, context, first, doors, ticket, bus, signal, concurrency, onLost });
      return await finish(context, result, leftOut, options);
    });
  } finally {
    if (context.learned.has("kube")) context.learned.get("kube").close();
  }
};

const finish = async (context: Context, result: RunResult, leftOut: ExitName, options: CreateOptions): Promise<ActionOutcome> => {
  if (options.signal.aborted) return { exit: "interrupted", changed: result.changed, next: [] };
  const exit = worstExit([leftOut, ...result.failures.map(({ error }) => error.exit)]);
  if (!context.learned.has("kube") || !context.learned.has("pki")) return { exit, changed: result.changed, next: [] };
  const path = await writeKubeconfig(context, options);
  return { exit, changed: result.changed, next: [`export KUBECONFIG=${path}`, "kubectl get nodes"] };
};
