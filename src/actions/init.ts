import { caCertificate } from "../phases/common/pki.ts";
import type { Invitation } from "../phases/context.ts";
import { urlHost } from "../pki/names.ts";
import { ignoredChecks } from "../preflight/judge.ts";
import { applySurveyed } from "./apply.ts";
import { lookHere } from "./here.ts";
import { clusterOfFile, clusterOfFlags, type InitFlags } from "./init-cluster.ts";
import { refuseOther, refuseUnprivileged, refuseWorker } from "./init-refusals.ts";
import type { ActionOutcome, FleetOptions } from "./options.ts";
import { type Planned, planSurveyed } from "./plan.ts";
import { type Survey, surveyOf } from "./survey.ts";
import { adminConf } from "./write-kubeconfig.ts";

export interface InitOptions extends FleetOptions {
  readonly flags: InitFlags;
  /** Path of a configuration, or `-` for standard input. */
  readonly config?: string;
  readonly invitation: Invitation;
  readonly isRoot: boolean;
}

/** How other machines join what was made. */
export interface Joining {
  /** Where the cluster's nodes find the API, as `host:port`. */
  readonly endpoint: string;
  /** The cluster's CAs, PEM. */
  readonly ca: string;
  /** A secret. */
  readonly token: string;
}

export interface Initialised {
  readonly outcome: ActionOutcome;
  /** Absent when it did not come so far. */
  readonly joining?: Joining;
}

/** This machine alone, as the host of the cluster that is wished. Changes nothing. */
const surveyHere = async (options: InitOptions): Promise<Survey> => {
  const { flags, config, bus, command, invitation } = options;
  refuseUnprivileged(options.isRoot, command);
  // A misspelt name is told before anything is asked.
  ignoredChecks(options.ignorePreflight);
  const here = await lookHere(options);
  const cluster = config === undefined ? clusterOfFlags(flags, here, bus) : await clusterOfFile(config, flags, here, bus);
  refuseOther(here, cluster, config !== undefined);
  const found = await surveyOf(cluster, options);
  try {
    refuseWorker(found, cluster.hosts[0]?.name ?? "");
    return { ...found, invitation };
  } catch (error) {
    await found.fleet.close();
    throw error;
  }
};

/**
 * Makes this machine the control plane of a cluster, by the run that makes a fleet; one that is one already is brought to what the flags say.
 * @throws UserError when kbs is not root, and for a machine that belongs to another cluster
 */
export const initCluster = async (options: InitOptions): Promise<Initialised> => {
  const { exit, changed, made } = await applySurveyed(await surveyHere(options), { ...options, maxUnavailable: 1 });
  const outcome = { exit, changed };
  if (!made?.learned.has("invitation")) return { outcome: { ...outcome, next: [] } };
  const { host, port } = made.cluster.controlPlaneEndpoint;
  return {
    outcome: { ...outcome, next: [`export KUBECONFIG=${adminConf}`, "kubectl get nodes"] },
    joining: {
      endpoint: `${urlHost(host)}:${port}`,
      ca: caCertificate(made).toString(),
      token: made.learned.get("invitation").text,
    },
  };
};

/** What such a run would do. Takes no lease and changes nothing. */
export const planInit = async (options: InitOptions): Promise<Planned> =>
  planSurveyed(await surveyHere(options), { ...options, maxUnavailable: 1, detailedExit: false });
