import { parseSource, toData } from "../../config/document.ts";
import { clusterFromKubeadm, type Handled, type InitRun, type KubeadmFile, readKubeadmText } from "../../config/kubeadm/index.ts";
import { isKubeadmGroup } from "../../config/kubeadm/kinds.ts";
import { loadConfig, type Problem, resolveSecrets } from "../../config/load.ts";
import { readSource, type Source } from "../../config/read-source.ts";
import type { Cluster } from "../../config/types.ts";
import type { Bus } from "../../engine/events.ts";
import { type Invitation, tokenLife } from "../../phases/context.ts";
import { parseToken } from "../../pki/token.ts";
import { UserError } from "../../shared/errors.ts";
import { parseGoDuration } from "../../shared/go-duration.ts";
import { isMap } from "../../shared/is-map.ts";
import { tokenUsages } from "../../templates/token-usages.ts";
import { withBothAddresses } from "../address-here.ts";
import type { Here } from "../fleet/here.ts";
import { addressFlag, hostHere, type InitFlags, ofFile, withFolder } from "./cluster.ts";

/** What a file says of the cluster and of the run. */
export interface FromFile {
  readonly cluster: Cluster;
  /** Absent: what the flags say. */
  readonly invitation?: Invitation;
  /** What seals an upload. A secret. */
  readonly certificateKey?: string;
  readonly ignorePreflight: readonly string[];
  /** kubeadm's names of phases that are to be left out. */
  readonly skipPhases: readonly string[];
  /** A folder of patch files. */
  readonly patches?: string;
}

interface Asking {
  readonly flags: InitFlags;
  readonly here: Here;
  readonly bus: Bus;
  /** Flags beside these that were typed, of which kubeadm's file speaks. */
  readonly alsoTyped: readonly string[];
}

/** Flags about this machine, which a file without hosts leaves open. */
const ofHost = ["node-name", addressFlag, "untaint"];

/** @throws UserError for a flag beside a file which says the same, as kubeadm's init does */
const refuseMixed = (flags: Readonly<Record<string, unknown>>, names: readonly string[], file: string, hint: string): void => {
  const mixed = names.filter((name) => flags[name] !== undefined && flags[name] !== false).map((name) => `--${name}`);
  if (mixed.length > 0) throw new UserError(`${mixed.join(", ")} cannot be given beside --config ${file}, which says that`, { hint });
};

const isKubeadms = ({ text }: Source): boolean =>
  parseSource(text).documents.some((document) => {
    const read = toData(document);
    return "data" in read && isMap(read.data) && isKubeadmGroup(read.data["apiVersion"]);
  });

const tell = (warnings: readonly Problem[], bus: Bus): void => {
  // That a lone control plane takes no ordinary pods is what is asked for until somebody joins.
  for (const { message } of warnings.filter(({ path }) => path !== "spec.hosts")) bus.emit({ type: "warning", text: message });
};

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

/** kbs's own file: one that names no hosts, or this machine as its only one. */
const fromOwn = async ({ name, text }: Source, { flags, here, bus }: Asking): Promise<FromFile> => {
  refuseMixed({ ...flags }, [...ofFile, "network"], name, "write it into the file");
  let isOpen = false;
  const hosts = (serviceSubnet: string | undefined) => {
    isOpen = true;
    return [hostHere(flags, here, serviceSubnet)];
  };
  const { cluster, warnings } = await loadConfig(name, { hosts, stdin: once(text) });
  tell(warnings, bus);
  const [first, ...others] = cluster.hosts;
  if (!first?.local || others.length > 0) {
    throw new UserError(`${name} names the hosts of a fleet, and kbs init works on this machine alone`, {
      hint: `leave spec.hosts out; or make the fleet: kbs create cluster -f ${name}`,
    });
  }
  if (!isOpen) refuseMixed({ ...flags }, ofHost, name, "leave spec.hosts out of the file, or the flag out of the command");
  return {
    cluster: withBothAddresses(withFolder(await resolveSecrets(cluster), flags), here.network),
    ignorePreflight: [],
    skipPhases: [],
  };
};

/** Milliseconds; kubeadm's 24 hours where nothing is said, 0 for ever. */
const lifeOf = ({ ttl, expires }: InitRun["bootstrapTokens"][number]): number =>
  expires === undefined ? (ttl === undefined ? tokenLife : (parseGoDuration(ttl) ?? tokenLife)) : Date.parse(expires) - Date.now();

/** kubeadm makes a token when the file names none, too. @param where the field, for messages. @throws UserError for several */
export const invitationOf = ({ bootstrapTokens }: Pick<InitRun, "bootstrapTokens">, where: string): Invitation => {
  const [wish = {}, ...others] = bootstrapTokens;
  if (others.length > 0) {
    throw new UserError(`${where}: more than one token is not supported yet by this version of kbs`, {
      hint: "leave one, and make the others by kbs token create",
    });
  }
  const { token, usages, groups, description } = wish;
  const life = lifeOf(wish);
  if (wish.expires !== undefined && !(life > 0)) throw new UserError(`${where}[0].expires: ${wish.expires} lies in the past`);
  return {
    life,
    ...(token && { token: parseToken(token, `${where}[0].token`) }),
    ...(usages?.length && { usages: tokenUsages.filter((usage) => usages.includes(usage)) }),
    ...(groups?.length && { groups }),
    ...(description && { description }),
  };
};

/** What of the run `kbs init` does by itself. */
export const handled: readonly Handled[] = [
  "InitConfiguration.bootstrapTokens",
  "InitConfiguration.certificateKey",
  "InitConfiguration.nodeRegistration.ignorePreflightErrors",
  "InitConfiguration.skipPhases",
  "InitConfiguration.patches.directory",
];

/** `--node-name` wins over the file, as in kubeadm. */
const named = (file: KubeadmFile, name: string | undefined): KubeadmFile => {
  if (name === undefined) return file;
  const { InitConfiguration: init = {} } = file.documents;
  const nodeRegistration = { ...init.nodeRegistration, name };
  return { ...file, documents: { ...file.documents, InitConfiguration: { ...init, nodeRegistration } } };
};

const fromKubeadm = (source: Source, { flags, here, bus, alsoTyped }: Asking): FromFile => {
  const hint = "write it into the file";
  refuseMixed({ ...flags }, [...ofFile, addressFlag, "untaint", "cert-dir"], source.name, hint);
  refuseMixed(Object.fromEntries(alsoTyped.map((name) => [name, true])), alsoTyped, source.name, hint);
  const file = named(readKubeadmText(source), flags["node-name"]);
  const said = file.documents.InitConfiguration?.localAPIEndpoint?.advertiseAddress;
  const { name = here.name, address = "" } = hostHere(
    said ? { ...flags, [addressFlag]: said } : flags,
    here,
    file.documents.ClusterConfiguration?.networking?.serviceSubnet,
  );
  const { cluster, run, warnings } = clusterFromKubeadm(file, { name, address }, { network: flags.network ?? "flannel", handled });
  tell(warnings, bus);
  return {
    cluster: withBothAddresses(cluster, here.network),
    invitation: invitationOf(run, `${source.name}: InitConfiguration.bootstrapTokens`),
    ...(run.certificateKey !== undefined && { certificateKey: run.certificateKey }),
    ignorePreflight: run.ignorePreflightErrors,
    skipPhases: run.skipPhases,
    ...(run.patchesDirectory !== undefined && { patches: run.patchesDirectory }),
  };
};

/**
 * The cluster of a file on this machine: kbs's own, or kubeadm's.
 * @throws ConfigError; UserError for a file of other hosts, and for a flag that stands in the file
 */
export const clusterOfFile = async (path: string, asking: Asking): Promise<FromFile> => {
  const source = await readSource(path, process.stdin);
  return isKubeadms(source) ? fromKubeadm(source, asking) : await fromOwn(source, asking);
};
