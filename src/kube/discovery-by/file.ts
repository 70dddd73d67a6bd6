import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { get } from "node:https";
import { dirname, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { getCACertificates } from "node:tls";
import { fileURLToPath } from "node:url";
import { readDiscovered } from "../../pki/kubeconfig/discovery.ts";
import { certificatesIn } from "../../pki/pem.ts";
import { UserError } from "../../shared/errors.ts";
import { secrets } from "../../shared/secrets.ts";
import { endpointOf } from "./endpoint.ts";
import { type Discovered, type DiscoveryOptions, reachAsNode } from "./token.ts";

/** Milliseconds for a kubeconfig to be fetched. */
const within = 60_000;

const flag = "--discovery-file";

/** CAs that Node.js brings, and those that this machine trusts. Nobody else vouches for a kubeconfig that is fetched. */
const roots = (): string[] => [...getCACertificates("default"), ...getCACertificates("system")];

/** @param ca whose certificates are trusted */
const fetchText = async (url: URL, ca: readonly string[], signal: AbortSignal): Promise<string> => {
  const request = get(url, { ca: [...ca], signal: AbortSignal.any([signal, AbortSignal.timeout(within)]) });
  const [response]: IncomingMessage[] = await once(request, "response");
  if (response?.statusCode === 200) return await text(response);
  response?.destroy();
  throw new Error(`it answered ${response?.statusCode}, not 200`);
};

interface Found {
  readonly content: string;
  /** Where its relative paths start. */
  readonly folder: string;
}

const wordOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const read = async (place: string, ca: readonly string[] | undefined, signal: AbortSignal): Promise<Found> => {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(place) && URL.canParse(place) ? new URL(place) : undefined;
  try {
    if (url?.protocol === "https:") return { content: await fetchText(url, ca ?? roots(), signal), folder: "/" };
    if (url && url.protocol !== "file:") {
      throw new UserError(`${flag} ${place}: only https is trusted to bring a kubeconfig, or a file of this machine`);
    }
    const path = url ? fileURLToPath(url) : resolve(place);
    return { content: await readFile(path, "utf8"), folder: dirname(path) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UserError) throw error;
    throw new UserError(`${flag} ${place} cannot be read: ${wordOf(error)}`, { cause: error });
  }
};

const beside = async ({ folder }: Found, path: string | undefined): Promise<string | undefined> => {
  if (path === undefined) return undefined;
  try {
    return (await readFile(resolve(folder, path), "utf8")).trim();
  } catch (error) {
    throw new UserError(`${flag} names ${path}, which cannot be read: ${wordOf(error)}`, { cause: error });
  }
};

export interface FileDiscovery {
  /** A path or an https URL. */
  readonly place: string;
  /** To log in with; undefined: by the file's own token. */
  readonly token: string | undefined;
  /** Instead of the CAs that this machine trusts. */
  readonly ca?: readonly string[];
}

/**
 * Takes a cluster's server and CA from a kubeconfig, which is believed as it is, and tries them.
 * @returns with the token to log in with
 * @throws UserError that says what is missing; the signal's reason
 */
export const discoverByFile = async (input: FileDiscovery, options: DiscoveryOptions): Promise<Discovered & { readonly token: string }> => {
  const { place } = input;
  const found = await read(place, input.ca, options.signal);
  const kubeconfig = readDiscovered(found.content);
  if (kubeconfig?.server === undefined) {
    throw new UserError(`${flag} ${place} is no kubeconfig with a cluster of its current context, or one without a name`);
  }
  const ca = kubeconfig.ca ?? (await beside(found, kubeconfig.caFile));
  if (ca === undefined || certificatesIn(ca).length === 0) {
    throw new UserError(`${flag} ${place} holds no CA certificate, so nothing would tell the cluster from any other`, {
      hint: "add certificate-authority-data to its cluster",
    });
  }
  const token = input.token ?? kubeconfig.token ?? (await beside(found, kubeconfig.tokenFile));
  if (token === undefined) throw noToken(place, kubeconfig.otherCredentials);
  const endpoint = endpointOf(kubeconfig.server, `${flag} ${place}`);
  const { localAddress } = await reachAsNode({ endpoint, ca, named: place }, options);
  return { endpoint, ca, localAddress, token: secrets.add(token) };
};

const noToken = (place: string, others: readonly string[]): UserError =>
  new UserError(
    `${flag} ${place} has no token to log in with${others.length > 0 ? `, but ${others.join(" and ")}, which kbs does not join by` : ""}`,
    {
      hint: "add --tls-bootstrap-token with a token, such as `kbs token create` prints on a control plane",
    },
  );
