import type { Ticket } from "../../changes/message.ts";
import { foreseePhases } from "../../engine/foresee.ts";
import { type Plan, planOf } from "../../engine/plan/plan.ts";
import { runPhases } from "../../engine/run.ts";
import type { Kube } from "../../kube/types.ts";
import { claimHost } from "../../phases/claim-host.ts";
import type { ClusterPhase, Context } from "../../phases/context.ts";
import { importApiServerImages, importControllerImages, importEtcdImages, importNodeImages } from "../../phases/import-images.ts";
import { installContainerd } from "../../phases/install-containerd.ts";
import { installCni, installKubectl, installKubelet } from "../../phases/install-kubelet.ts";
import { joinEtcd, promoteEtcd } from "../../phases/join-etcd.ts";
import { forgetToken, joinWorkers } from "../../phases/join-workers.ts";
import { labelNodes } from "../../phases/label-nodes.ts";
import { prepareHost } from "../../phases/prepare-host.ts";
import { startControllers, startEtcd, startMemberApiServer, writeManifests } from "../../phases/start-control-plane.ts";
import { startMemberKubelet } from "../../phases/start-kubelet.ts";
import { removeBlobs } from "../../phases/tidy.ts";
import { waitBootstrap } from "../../phases/wait-bootstrap.ts";
import { allowKubeletClient, waitControlPlane } from "../../phases/wait-control-plane.ts";
import { writeCertificates, writePki } from "../../phases/write-certificates.ts";
import type { ExitName } from "../../shared/errors.ts";
import { certificatesOf } from "../../templates/paths.ts";
import { type Bundles, createContext } from "../context.ts";
import { clusterDoors } from "../fleet/doors.ts";
import { withLeases } from "../fleet/lease.ts";
import { inTurn } from "../init/phases.ts";
import type { FleetOptions } from "../options.ts";
import { worstExit } from "../outcome.ts";
import type { Survey } from "../survey.ts";
import type { ControlPlaneReady } from "./control-plane.ts";
import type { Found } from "./discover.ts";

/** What is known before anything is changed. */
export interface Prepared {
  readonly found: Found;
  readonly kube: Kube;
  readonly survey: Survey;
  readonly bundles: Bundles;
  readonly ticket: Ticket;
  /** Absent: the machine becomes a worker. */
  readonly controlPlane?: ControlPlaneReady;
  /** Ids of phases that are left out. */
  readonly skipped: ReadonlySet<string>;
  /** Ids of the only phases that are wanted; undefined: all. */
  readonly only?: ReadonlySet<string> | undefined;
}

const workerPhases = (kube: Kube): readonly ClusterPhase[] => {
  const bootstrapped = waitBootstrap(kube);
  const forget: ClusterPhase = { ...forgetToken, needs: [{ phase: bootstrapped.id, on: "here" }] };
  return [prepareHost, installContainerd, installKubelet, installCni, importNodeImages, joinWorkers, bootstrapped, removeBlobs, forget];
};

const controlPlanePhases: readonly ClusterPhase[] = [
  prepareHost,
  installContainerd,
  installKubelet,
  importEtcdImages,
  importApiServerImages,
  writeCertificates,
  allowKubeletClient,
  joinEtcd,
  startMemberKubelet,
  startEtcd,
  promoteEtcd,
  startMemberApiServer,
  importControllerImages,
  installCni,
  importNodeImages,
  installKubectl,
  startControllers,
  labelNodes,
  removeBlobs,
  waitControlPlane,
];

/** The phases of a create that make such a node. What they need of other control planes is there, so these needs are left out. */
const joinPhases = ({ kube, controlPlane, skipped, only }: Prepared): readonly ClusterPhase[] => {
  const all = controlPlane ? controlPlanePhases : workerPhases(kube);
  if (only) return inTurn([claimHost, ...all, writePki, writeManifests].filter(({ id }) => only.has(id)));
  const phases = all.filter(({ id }) => !skipped.has(id));
  const ids = new Set(phases.map(({ id }) => id));
  return phases.map((phase) => ({ ...phase, needs: (phase.needs ?? []).filter((need) => ids.has(need.phase)) }));
};

/** What the phases ask of what others have learned in a create: the CA and the token; of a control plane all of its files, the API and etcd. */
const contextOf = ({ survey, bundles, ticket, found, controlPlane }: Prepared, lost: ReadonlySet<string>): Context => {
  const fit = new Set(survey.cluster.hosts.map(({ name }) => name));
  // No key of kbs's making is needed: a control plane's are there by now.
  const context = createContext({ survey, bundles, ticket, fit, lost, first: "", checking: true });
  const { learned } = context;
  if (controlPlane) {
    const [host] = survey.cluster.hosts;
    learned.tell("pki", controlPlane.shared);
    learned.tell("memberPki", new Map([[host?.name ?? "", controlPlane.files]]));
    learned.tell("kube", controlPlane.kube);
    if (controlPlane.etcd) learned.tell("etcd", controlPlane.etcd);
    return context;
  }
  learned.tell("pki", [
    {
      path: `${certificatesOf(survey.cluster)}/ca.crt`,
      mode: 0o644,
      secret: false,
      part: "certs/ca",
      reason: undefined,
      content: Buffer.from(found.ca),
    },
  ]);
  learned.tell("token", { text: found.token });
  return context;
};

/** Makes it so, under the machine's lease. */
export const runJoin = async (ready: Prepared, options: FleetOptions): Promise<{ readonly exit: ExitName; readonly changed: number }> => {
  const { survey, bundles, ticket } = ready;
  const { bus, concurrency } = options;
  return await withLeases([...survey.fleet.doors.values()], ticket, options, async (signal) => {
    const lost = new Set<string>();
    const context = contextOf(ready, lost);
    const doors = clusterDoors(context, bundles);
    const onLost = (host: string): void => void lost.add(host);
    const { failures, changed } = await runPhases({
      phases: joinPhases(ready),
      context,
      first: "",
      doors,
      ticket,
      bus,
      signal,
      concurrency,
      onLost,
    });
    const exit = options.signal.aborted ? "interrupted" : worstExit(failures.map(({ error }) => error.exit));
    return { exit, changed };
  });
};

/** What that would change, by the check reading. @throws UserError when it could not be compared */
export const foreseeJoin = async (ready: Prepared, { bus, signal, concurrency }: FleetOptions): Promise<Plan> => {
  const { survey, bundles, ticket } = ready;
  const context = contextOf(ready, new Set());
  const doors = clusterDoors(context, bundles);
  const foreseen = await foreseePhases({ phases: joinPhases(ready), context, first: "", doors, ticket, bus, signal, concurrency });
  const [failure] = foreseen.failures;
  if (failure) throw failure.error;
  const { cluster, joined } = survey;
  return { ...planOf({ cluster: cluster.name, file: cluster.source, isNew: joined.size === 0, foreseen }), rolling: [] };
};
