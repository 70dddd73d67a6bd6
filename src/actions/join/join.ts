import type { Variable } from "../../config/types.ts";
import type { Plan } from "../../engine/plan/plan.ts";
import type { Kube } from "../../kube/types.ts";
import { sharedFiles, sharedPlaces } from "../../pki/shared-files.ts";
import type { BootstrapToken } from "../../pki/token.ts";
import { ignoredChecks } from "../../preflight/judge.ts";
import { UserError } from "../../shared/errors.ts";
import { openBundles } from "../context.ts";
import { examine, fitHosts } from "../fitness.ts";
import { refuseOrdinaryUser, thisMachine } from "../fleet/here.ts";
import { refuseOtherCluster } from "../kept/kept.ts";
import type { ActionOutcome, FleetOptions } from "../options.ts";
import { type Survey, surveyOf } from "../survey.ts";
import { type NodeWish, readJoined, withNetwork } from "./cluster.ts";
import { openAsAdmin, prepareControlPlane } from "./control-plane.ts";
import { type Discovery, discoverCluster, discoverHere, type Found, openWithToken, told } from "./discover.ts";
import { isNamed, lookAtMachine, type Machine, membershipOf, refuseOtherRole, refuseUnnamed } from "./machine.ts";
import type { JoinPhase } from "./phases.ts";
import { foreseeJoin, type Prepared, runJoin } from "./run.ts";
import { type SkippedOfJoin, skippedJoinPhases } from "./skip.ts";

export interface JoinOptions extends FleetOptions, NodeWish {
  readonly discovery: Discovery;
  /** With which the kubelet asks for its certificate, where it is not the one of the discovery. */
  readonly tlsToken?: BootstrapToken | undefined;
  /** kubeadm's names of phases to leave out. */
  readonly skipPhases: readonly string[];
  /** Does only this, of a join that has begun; preflight asks what a join would ask, and does nothing. */
  readonly only?: JoinPhase;
  /** Of the environment it was typed in, for the pods of a control plane. */
  readonly proxyVariables: readonly Variable[];
  readonly isRoot: boolean;
}

interface Admitted {
  readonly machine: Machine;
  readonly options: JoinOptions;
  readonly skipped: SkippedOfJoin;
  /** It is a worker that has all of a join already. */
  readonly isDone: boolean;
}

/** The machine is a node of that cluster: there is nothing to do. */
const done: ActionOutcome = { exit: "done", changed: 0, next: [] };

const pinsOf = (discovery: Discovery): readonly string[] => (discovery.by === "token" ? discovery.pins : []);

/** The cluster, and its API: by the token, or where an earlier attempt has left an administrator's kubeconfig, by that, as kubeadm does. */
const discover = async (machine: Machine, options: JoinOptions): Promise<{ readonly found: Found; readonly kube: Kube }> => {
  const { discovery, tlsToken, controlPlane, signal } = options;
  if (controlPlane && machine.owner && machine.admin !== undefined) {
    const found = await discoverHere(machine.admin, machine.name, options);
    return { found, kube: openAsAdmin(machine.admin, found, signal) };
  }
  const found = await discoverCluster({ discovery, tlsToken, host: machine.name }, options);
  return { found, kube: openWithToken(found, signal) };
};

/** Without what somebody has copied here so that it can become a control plane: to preflight it would be another cluster's remains. */
const withoutCopies = (survey: Survey): Survey => {
  const facts = [...survey.facts].map(([name, found]) => {
    const isWhole = sharedFiles(sharedPlaces(survey.cluster)).every((path) => survey.pkiFound.get(name)?.has(path));
    return [name, isWhole ? { ...found, kubernetes: { ...found.kubernetes, hasCa: false } } : found] as const;
  });
  return { ...survey, facts: new Map(facts) };
};

/** What is yet to be downloaded is no lack: without the files to log in by nobody has asked an external etcd. */
const beforeDownload = (survey: Survey, downloads: boolean): Survey => (downloads ? { ...survey, externalEtcd: new Map() } : survey);

/** All that can be known without a change, then the work; what was opened for it is closed. */
const prepared = async <T>({ machine, options, skipped }: Admitted, work: (prepared: Prepared) => Promise<T>): Promise<T> => {
  const { found, kube } = await discover(machine, options);
  const { id } = membershipOf(machine, found.ca);
  try {
    const { proxyVariables } = options;
    const cluster = { ...(await readJoined({ machine, found, kube }, options, options)), proxyVariables };
    const surveyed: Survey = withoutCopies({ ...(await surveyOf(cluster, options)), clusterId: id });
    try {
      refuseOtherCluster(surveyed);
      const bundles = await openBundles(surveyed, options);
      try {
        const parts = options.only?.parts ?? skipped.parts;
        const survey = { ...surveyed, cluster: withNetwork(cluster, bundles), ...(parts && { parts }) };
        const platforms = bundles.all.map(({ platform }) => `${platform.os}/${platform.architecture}`);
        const downloads = (options.only?.downloads ?? !skipped.download) && options.controlPlane?.certificateKey !== undefined;
        fitHosts(survey, examine(beforeDownload(survey, downloads), platforms, options.ignorePreflight), options);
        const ready: Prepared = {
          found,
          kube,
          survey,
          bundles,
          ticket: { cluster: { id, name: cluster.name }, run: survey.run },
          skipped: skipped.phases,
          only: options.only?.phases,
        };
        const { controlPlane } = options;
        if (!controlPlane) return await work(ready);
        const wished = downloads ? controlPlane : { ...controlPlane, certificateKey: undefined };
        const asControlPlane = await prepareControlPlane(ready, wished, options);
        try {
          return await work({ ...ready, controlPlane: asControlPlane });
        } finally {
          asControlPlane.close();
        }
      } finally {
        await Promise.all(bundles.all.map((bundle) => bundle.close()));
      }
    } finally {
      await surveyed.fleet.close();
    }
  } finally {
    kube.close();
  }
};

/** The machine, unless it may not join. @throws UserError */
const admitted = async (given: JoinOptions): Promise<Admitted> => {
  refuseOrdinaryUser(given.isRoot, "join", given.command);
  const skipped = skippedJoinPhases(given.skipPhases);
  const options = skipped.preflight ? { ...given, ignorePreflight: ["all"] } : given;
  // A misspelt name is told before anything is asked.
  ignoredChecks(options.ignorePreflight);
  const look = { phase: "look", title: "Look at this machine" };
  const machine = await told(look, thisMachine().name, options, () => lookAtMachine(options));
  const pins = pinsOf(options.discovery);
  const isControlPlane = options.controlPlane !== undefined;
  refuseOtherRole(machine, isControlPlane);
  refuseUnnamed(machine, pins);
  return { machine, options, skipped, isDone: !isControlPlane && machine.isSettled && isNamed(machine, pins) === true };
};

const next = (name: string, isControlPlane: boolean): readonly string[] =>
  isControlPlane
    ? ["export KUBECONFIG=/etc/kubernetes/admin.conf", "kubectl get nodes    # ready once its pod network runs"]
    : [`kubectl get node ${name}    # on a control plane: ready once its pod network runs`];

/** @throws UserError for a single phase on a machine that has not begun to join, or as what it is not */
const refuseUnbegun = ({ owner }: Machine, { only, controlPlane }: JoinOptions): void => {
  if (!only || only.phases.size === 0) return;
  const isOfControlPlanes = only.name.includes("control-plane") || only.name === "etcd-join";
  if (isOfControlPlanes && !controlPlane)
    throw new UserError(`kbs join phase ${only.name} is for a control plane`, { hint: "add --control-plane if it is to be one" });
  if (only.isFirst || owner) return;
  throw new UserError(`kbs join phase ${only.name} is for a machine that has begun to join by kbs`, {
    exit: "preflight",
    hint: "kbs join does all of it; alone come first kbs join phase control-plane-prepare all and kubelet-start",
  });
};

/**
 * Makes this machine a worker of a cluster that exists, or one more control plane, by the phases of a create. One that is a node of that cluster already is
 * left alone; of a control plane what is left to do is done.
 * @throws UserError for every reason not to, before any change
 */
export const joinCluster = async (given: JoinOptions): Promise<ActionOutcome> => {
  const found = await admitted(given);
  const { machine, options } = found;
  if (found.isDone) return done;
  const isControlPlane = options.controlPlane !== undefined;
  refuseUnbegun(machine, options);
  return await prepared(found, async (ready) => {
    if (options.only?.phases.size === 0) return done;
    if (machine.isSettled && !isControlPlane) return done;
    const { exit, changed } = await runJoin(ready, options);
    return { exit, changed, next: exit === "done" ? next(ready.survey.cluster.hosts[0]?.name ?? "", isControlPlane) : [] };
  });
};

/** What such a run would do. Takes no lease and changes nothing. */
export const planJoin = async (given: JoinOptions): Promise<{ readonly outcome: ActionOutcome; readonly plan: Plan }> => {
  const found = await admitted(given);
  return await prepared(found, async (ready) => ({ outcome: done, plan: await foreseeJoin(ready, found.options) }));
};
