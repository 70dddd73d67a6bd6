import { caCertificate } from "../phases/common/pki.ts";
import { type Invitation, tokenLife } from "../phases/context.ts";
import { urlHost } from "../pki/names.ts";
import type { BootstrapToken } from "../pki/token.ts";
import { ignoredChecks } from "../preflight/judge.ts";
import { applySurveyed } from "./apply.ts";
import { lookHere } from "./here.ts";
import { clusterOfFlags, type InitFlags } from "./init-cluster.ts";
import { clusterOfFile, type FromFile } from "./init-file.ts";
import { refuseOther, refuseUnprivileged, refuseWorker } from "./init-refusals.ts";
import type { ActionOutcome, FleetOptions } from "./options.ts";
import { type Planned, planSurveyed } from "./plan.ts";
import { type Survey, surveyOf } from "./survey.ts";
import { adminConf } from "./write-kubeconfig.ts";

export interface InitOptions extends FleetOptions {
  readonly flags: InitFlags;
  /** Path of a configuration, or `-` for standard input. */
  readonly config?: string;
  /** As it was typed: the token by which others join. */
  readonly token?: BootstrapToken;
  /** Milliseconds that such a token lives, as it was typed; 0: for ever. */
  readonly life?: number;
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

interface Ready {
  readonly found: Survey;
  readonly ignorePreflight: readonly string[];
}

/** This machine alone, as the host of the cluster that is wished. Changes nothing. */
const surveyHere = async (options: InitOptions): Promise<Ready> => {
  const { flags, config, bus, command, token, life } = options;
  refuseUnprivileged(options.isRoot, command);
  // A misspelt name is told before anything is asked.
  ignoredChecks(options.ignorePreflight);
  const here = await lookHere(options);
  const saysToken = token !== undefined || life !== undefined;
  const wished: FromFile =
    config === undefined
      ? { cluster: clusterOfFlags(flags, here, bus), ignorePreflight: [] }
      : await clusterOfFile(config, { flags, here, bus, saysToken });
  const { cluster } = wished;
  const typed: Invitation = { life: life ?? tokenLife, ...(token && { token }) };
  refuseOther(here, cluster, config !== undefined);
  const found = await surveyOf(cluster, options);
  try {
    refuseWorker(found, cluster.hosts[0]?.name ?? "");
    const ignorePreflight = [...options.ignorePreflight, ...wished.ignorePreflight];
    return { found: { ...found, invitation: wished.invitation ?? typed }, ignorePreflight };
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
  const { found, ignorePreflight } = await surveyHere(options);
  const { exit, changed, made } = await applySurveyed(found, { ...options, ignorePreflight, maxUnavailable: 1 });
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
export const planInit = async (options: InitOptions): Promise<Planned> => {
  const { found, ignorePreflight } = await surveyHere(options);
  return await planSurveyed(found, { ...options, ignorePreflight, maxUnavailable: 1, detailedExit: false });
};
