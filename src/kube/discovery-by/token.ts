import { caHash } from "../../pki/certificate.ts";
import { vouchesFor } from "../../pki/jws.ts";
import { readDiscovered } from "../../pki/kubeconfig/discovery.ts";
import { certificatesIn } from "../../pki/pem.ts";
import type { BootstrapToken } from "../../pki/token.ts";
import { UserError } from "../../shared/errors.ts";
import { type Endpoint, endpointOf, formatEndpoint } from "./endpoint.ts";
import { askClusterInfo, type ClusterInfo } from "./request.ts";
import { reach } from "./secure.ts";
import { isTrouble, passing, persist, type Trouble } from "./trouble.ts";

/** A cluster that has proven who it is, and how to ask it. */
export interface Discovered {
  /** Where nodes of the cluster reach its API. */
  readonly endpoint: Endpoint;
  /** PEM. */
  readonly ca: string;
  /** The address of this machine on the way there. */
  readonly localAddress: string;
}

export interface TokenDiscovery {
  /** As the operator named it. */
  readonly endpoint: Endpoint;
  readonly token: BootstrapToken;
  /** Hashes of which the CA must have one; with none of them any CA that the token's signature covers is believed. */
  readonly pins: readonly string[];
}

/** Limits in milliseconds; the defaults are kubeadm's. */
export interface DiscoveryOptions {
  readonly signal: AbortSignal;
  readonly waiting: (reason: string) => void;
  /** For all that time may cure. Default: five minutes. */
  readonly timeout?: number;
  /** Between two tries. Default: five seconds. */
  readonly every?: number;
  /** Until the controller manager must have signed for a token that was made just now. Default: 30 seconds. */
  readonly signedWithin?: number;
}

const defaults = { timeout: 300_000, every: 5000, signedWithin: 30_000 };

/** cluster-info, once it has a kubeconfig and a signature by the token. */
const signedInfo = async (
  { endpoint, token }: TokenDiscovery,
  { signal, signedWithin = defaults.signedWithin }: DiscoveryOptions,
): Promise<(ClusterInfo & { readonly kubeconfig: string; readonly jws: string }) | Trouble> => {
  const info = await askClusterInfo({ endpoint, trust: "anyone", signal });
  if (isTrouble(info)) return info;
  const where = formatEndpoint(endpoint);
  const { kubeconfig = "", [`jws-kubeconfig-${token.id}`]: jws = "" } = info.data;
  if (kubeconfig === "") return passing(`cluster-info of ${where} holds no kubeconfig yet`);
  if (jws !== "") return { ...info, kubeconfig, jws };
  const trouble = passing(
    `the token ${token.id}.… is not known to the cluster at ${where}, or has expired: cluster-info has no signature by it`,
    {
      exit: "phase",
      hint: '"kbs token create --print-join-command" on a control plane makes a new token and prints the line to type here',
    },
  );
  return { ...trouble, within: signedWithin };
};

const forged = (where: string, { id }: BootstrapToken): UserError =>
  new UserError(`the signature of cluster-info at ${where} was not made with this token, so nothing that it says is believed`, {
    exit: "phase",
    probably: `the part of the token behind ${id}. is not the one that the cluster knows; or somebody answers in the cluster's name`,
    hint: "compare the token with the one that was printed",
  });

/** @throws UserError when none of the certificates has one of the hashes; it names both */
const checkPins = (ca: string, pins: readonly string[], where: string): void => {
  const hashes = certificatesIn(ca).map((certificate) => caHash(certificate.toString()));
  if (hashes.length === 0) throw new UserError(`cluster-info at ${where} holds no CA certificate that can be read`, { exit: "phase" });
  if (pins.length === 0 || hashes.some((hash) => pins.includes(hash))) return;
  throw new UserError(`the CA of the cluster at ${where} is not the one that was named`, {
    exit: "phase",
    output: `it has       ${hashes.join(", ")}\nyou named    ${pins.join(", ")}`,
    probably: "the hash or the address is that of another cluster; or somebody answers in the cluster's name",
    hint: "if the address is right, compare the hash on a control plane: kbs token create --print-join-command",
  });
};

const differs = (where: string): UserError =>
  new UserError(`${where} gave two different answers for cluster-info: one to anybody, another once it had proven who it is`, {
    exit: "phase",
    probably: "cluster-info was changed between the two, or something stands between that changes it",
    hint: "run the same command again; if this stays, see what is between this machine and the control plane",
  });

/**
 * Finds out by a bootstrap token whether a server is the API of the cluster that is meant: the first answer is believed for the token's signature and for the
 * hash of its CA alone, the second one for the CA. Then the address that the cluster gives itself is tried, since nodes use that one.
 * @throws UserError that says why not; the signal's reason
 */
export const discoverByToken = async (input: TokenDiscovery, options: DiscoveryOptions): Promise<Discovered> => {
  const { endpoint, token, pins } = input;
  const { signal } = options;
  const where = formatEndpoint(endpoint);
  const patience = { ...defaults, ...options };
  const { kubeconfig, jws, ahead } = await persist(() => signedInfo(input, options), patience);
  if (!vouchesFor(jws, token, kubeconfig)) throw forged(where, token);
  const { server = "", ca = "" } = readDiscovered(kubeconfig) ?? {};
  checkPins(ca, pins, where);
  const own = endpointOf(server, `cluster-info at ${where}`);
  // Every API server of a cluster is `kubernetes`, by whichever address it is reached.
  const trust = { ca, name: "kubernetes" };
  const second = await persist(() => askClusterInfo({ endpoint, trust, ahead, signal }), patience);
  if (second.data["kubeconfig"] !== kubeconfig) throw differs(where);
  const { localAddress } = await reachAsNode({ endpoint: own, ca, ahead, named: where }, options);
  return { endpoint: own, ca, localAddress };
};

interface OwnAddress {
  readonly endpoint: Endpoint;
  readonly ca: string;
  readonly ahead?: number | undefined;
  /** Where the address was learned. */
  readonly named: string;
}

/** Tries the address that nodes will use, by the name that they will use. @throws UserError */
export const reachAsNode = async (
  { endpoint, ca, ahead, named }: OwnAddress,
  options: DiscoveryOptions,
): Promise<{ readonly localAddress: string }> => {
  const { signal } = options;
  const where = formatEndpoint(endpoint);
  const attempt = () => reach({ endpoint, trust: { ca, name: endpoint.host }, ahead, signal });
  try {
    return await persist(attempt, { ...defaults, ...options });
  } catch (error) {
    if (!(error instanceof UserError) || where === named) throw error;
    throw new UserError(`${named} says that nodes reach the API at ${where}, and this machine does not: ${error.message}`, error.details);
  }
};
