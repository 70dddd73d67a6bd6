import type { Variable } from "../../config/types.ts";
import { caCertificate } from "../../phases/common/pki.ts";
import { type Context, type Invitation, tokenLife } from "../../phases/context.ts";
import { preparePki } from "../../pki/issue.ts";
import { urlHost } from "../../pki/names.ts";
import type { BootstrapToken } from "../../pki/token.ts";
import { ignoredChecks } from "../../preflight/judge.ts";
import { standBackUntil } from "../../shared/stand-back.ts";
import { certificatesOf } from "../../templates/paths.ts";
import { applySurveyed } from "../apply/apply.ts";
import { type Planned, planSurveyed } from "../apply/plan.ts";
import { askAhead } from "../fleet/ask-ahead.ts";
import { type Here, lookHere, refuseOrdinaryUser } from "../fleet/here.ts";
import { adminConf } from "../kubeconfig/write.ts";
import { withPatches } from "../node-extras.ts";
import type { ActionOutcome, FleetOptions } from "../options.ts";
import { type Survey, surveyOf } from "../survey.ts";
import { clusterOfFlags, type InitFlags } from "./cluster.ts";
import { clusterOfFile, type FromFile } from "./file.ts";
import { refuseJoined, refuseOther, refuseUploadWithout, refuseWorker } from "./refusals.ts";
import { type Skipped, skippedPhases, withoutKubeProxy } from "./skip.ts";

export interface InitOptions extends FleetOptions {
  readonly flags: InitFlags;
  /** Path of a configuration, or `-` for standard input. */
  readonly config?: string;
  /** As it was typed: the token by which others join. */
  readonly token?: BootstrapToken;
  /** Milliseconds that such a token lives, as it was typed; 0: for ever. */
  readonly life?: number;
  /** What control planes share is uploaded. */
  readonly uploadsCertificates: boolean;
  /** As it was typed: what seals that. A secret. */
  readonly certificateKey?: string;
  /** kubeadm's names of phases; they win over those of a file. */
  readonly skipPhases: readonly string[];
  /** A folder of kubeadm's patch files. */
  readonly patches?: string;
  /** Of the environment it was typed in, for the pods of the control plane. */
  readonly proxyVariables: readonly Variable[];
  readonly isRoot: boolean;
}

/** How other machines join what was made. */
export interface Joining {
  /** Whether a person wants to hear of it. */
  readonly isShown: boolean;
  /** Where the cluster's nodes find the API, as `host:port`. */
  readonly endpoint: string;
  /** The cluster's CAs, PEM. */
  readonly ca: string;
  /** A secret. */
  readonly token: string;
  /** With which a further control plane reads what was uploaded; absent where nothing was. A secret. */
  readonly certificateKey?: string;
  /** Where certificates are. */
  readonly folder: string;
  /** Whether the endpoint is more than this machine's own address, so that the cluster can do without this machine. */
  readonly isLasting: boolean;
}

export interface Initialised {
  readonly outcome: ActionOutcome;
  /** Absent when not all went well. */
  readonly joining?: Joining;
}

interface Ready {
  readonly found: Survey;
  readonly ignorePreflight: readonly string[];
  readonly skipped: Skipped;
}

/** What the flags wish, or a file beside them. */
const wishOf = async (options: InitOptions, here: Here): Promise<FromFile> => {
  const { flags, config, bus, token, life, certificateKey, patches } = options;
  if (config === undefined) return { cluster: clusterOfFlags(flags, here, bus), ignorePreflight: [], skipPhases: [] };
  const typed = { token, "token-ttl": life, "certificate-key": certificateKey, patches };
  const alsoTyped = Object.entries(typed).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  return await clusterOfFile(config, { flags, here, bus, alsoTyped });
};

/** Of a file and of the command line, as kubeadm merges them. */
const ignoredOf = (options: InitOptions, wish: FromFile, { preflight }: Skipped): readonly string[] => {
  const both = [...options.ignorePreflight, ...wish.ignorePreflight];
  return preflight || both.includes("all") ? ["all"] : both;
};

/** kubeadm's flag asks for an upload; its file can only say by which key. */
const uploadOf = (
  { uploadsCertificates, certificateKey, bus }: InitOptions,
  wish: FromFile,
  { upload }: Skipped,
): Invitation["certificates"] => {
  const key = certificateKey ?? wish.certificateKey;
  if (uploadsCertificates && !upload) return key === undefined ? {} : { key };
  if (certificateKey !== undefined)
    bus.emit({ type: "warning", text: "--certificate-key is not used: nothing is uploaded without --upload-certs" });
  return undefined;
};

/** What has been opened to look at the machine is closed where it is refused. */
const orClose = async ({ fleet }: Survey, judge: () => void): Promise<void> => {
  try {
    judge();
  } catch (error) {
    await fleet.close();
    throw error;
  }
};

/**
 * This machine alone, as the host of the cluster that is wished. Changes nothing.
 * @param makesKeys those of a new cluster are made in the background from as soon as their kind is known
 */
export const surveyHere = async (options: InitOptions, makesKeys = false): Promise<Ready> => {
  const { config, command, token, life = tokenLife } = options;
  refuseOrdinaryUser(options.isRoot, "init", command);
  // A misspelt name is told before anything is asked.
  ignoredChecks(options.ignorePreflight);
  const typed = skippedPhases(options.skipPhases, "--skip-phases");
  const ahead = askAhead(options);
  const here = await lookHere(options);
  refuseWorker(here);
  refuseJoined(here);
  const wish = await wishOf(options, here);
  const skipped = options.skipPhases.length > 0 ? typed : skippedPhases(wish.skipPhases, `${config}: InitConfiguration.skipPhases`);
  const proxied = skipped.kubeProxy ? withoutKubeProxy(wish.cluster) : wish.cluster;
  const plain = skipped.dns ? { ...proxied, kubernetes: { ...proxied.kubernetes, dnsDisabled: true } } : proxied;
  const wished = { ...plain, proxyVariables: options.proxyVariables };
  const cluster = await withPatches(wished, options.patches ?? wish.patches, here, options.bus);
  refuseOther(here, cluster, config !== undefined);
  const keys = makesKeys && !here.kubernetes.hasCa ? preparePki(cluster.kubernetes.encryptionAlgorithm) : undefined;
  // What the host is asked, and the kubelet's start, are waited for.
  if (keys) standBackUntil(keys.made);
  const invitation: Invitation = wish.invitation ?? { life, ...(token && { token }) };
  const certificates = uploadOf(options, wish, skipped);
  const found = await surveyOf(cluster, options, ahead);
  if (certificates) await orClose(found, () => refuseUploadWithout([...found.pkiFound.values()][0] ?? new Map(), certificatesOf(cluster)));
  return {
    found: {
      ...found,
      invitation: { ...invitation, ...(certificates && { certificates }) },
      ...(skipped.parts && { parts: skipped.parts }),
      ...(keys && { keys }),
    },
    ignorePreflight: ignoredOf(options, wish, skipped),
    skipped,
  };
};

/** How machines join, by what a run has learned that has made a token. */
export const joiningOf = (made: Context, isShown = true): Joining => {
  const { cluster, learned } = made;
  const { host, port } = cluster.controlPlaneEndpoint;
  return {
    isShown,
    endpoint: `${urlHost(host)}:${port}`,
    ca: caCertificate(made).toString(),
    folder: certificatesOf(cluster),
    token: learned.get("invitation").text,
    ...(learned.has("certificateKey") && { certificateKey: learned.get("certificateKey") }),
    isLasting: !cluster.hosts.some(({ name, address, internalAddress }) => [name, address, internalAddress].includes(host)),
  };
};

/**
 * Makes this machine the control plane of a cluster, by the run that makes a fleet; one that is one already is brought to what the flags say.
 * @throws UserError when kbs is not root, and for a machine that belongs to another cluster
 */
export const initCluster = async (options: InitOptions): Promise<Initialised> => {
  const { found, ignorePreflight, skipped } = await surveyHere(options, true);
  const { exit, changed, made } = await applySurveyed(found, { ...options, ignorePreflight, maxUnavailable: 1 });
  const outcome = { exit, changed, next: made ? [`export KUBECONFIG=${adminConf}`, "kubectl get nodes"] : [] };
  if (exit !== "done" || !made?.learned.has("invitation")) return { outcome };
  return { outcome, joining: joiningOf(made, !skipped.joinLine) };
};

/** What such a run would do. Takes no lease and changes nothing. */
export const planInit = async (options: InitOptions): Promise<Planned> => {
  const { found, ignorePreflight } = await surveyHere(options);
  return await planSurveyed(found, { ...options, ignorePreflight, maxUnavailable: 1, detailedExit: false });
};
