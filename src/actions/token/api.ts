import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { connectLocal } from "../../host/local.ts";
import { openKube } from "../../kube/client.ts";
import type { Kube } from "../../kube/types.ts";
import { readKubeconfig } from "../../pki/kubeconfig/kubeconfig.ts";
import { urlHost } from "../../pki/names.ts";
import { UserError } from "../../shared/errors.ts";
import { hostPortOf } from "../../shared/names.ts";
import { glimpse } from "../fleet/first-control-plane.ts";
import { openApi, readAdminConf } from "../fleet/open-api.ts";
import type { FleetOptions } from "../options.ts";

/** Whose API is asked. */
export interface ApiOptions extends FleetOptions {
  /** A kubeconfig on this machine. Absent: the cluster of the configuration, through its first control plane. */
  readonly kubeconfig?: string;
}

interface OpenApi {
  readonly kube: Kube;
  /** Where the cluster's nodes find the API, as `host:port`, by the administrator's kubeconfig. */
  readonly endpoint: string;
  /** The cluster's CAs, PEM. */
  readonly ca: string;
  readonly close: () => Promise<void>;
}

/** Milliseconds for an API server that does not answer: a person waits. */
export const patience = 5000;

const unreadable = (path: string, error: unknown): UserError => {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") {
    return new UserError(`there is no kubeconfig ${path}`, {
      hint: "type this on a control plane, or name a kubeconfig by --kubeconfig FILE, or a configuration by -f FILE",
    });
  }
  const why = error instanceof Error ? error.message : String(error);
  return new UserError(`the kubeconfig ${path} cannot be read: ${why}`, {
    hint: code === "EACCES" ? "type it again as root, by sudo" : "name another by --kubeconfig FILE",
  });
};

/** Where the server of a kubeconfig listens. */
const addressOf = (server: string): { readonly address: string; readonly port: number } | undefined => {
  if (!URL.canParse(server)) return undefined;
  const url = new URL(server);
  const { host: address, port } = hostPortOf(url);
  return url.protocol === "https:" ? { address, port } : undefined;
};

const endpointOf = (server: string, where: string): { readonly address: string; readonly port: number; readonly endpoint: string } => {
  const found = addressOf(server);
  if (found) return { ...found, endpoint: `${urlHost(found.address)}:${found.port}` };
  throw new UserError(`${where}: its server ${JSON.stringify(server)} is not an https address`, {
    hint: "write one such as https://10.0.0.11:6443",
  });
};

/** The API by a kubeconfig, straight from this machine. */
const openHere = async (path: string, signal: AbortSignal): Promise<OpenApi> => {
  const text = await readFile(path, "utf8").catch((error: unknown) => Promise.reject(unreadable(path, error)));
  const found = readKubeconfig(text);
  if (!found)
    throw new UserError(`${path} is no kubeconfig whose current context leads to a server`, { hint: "name another by --kubeconfig FILE" });
  const { server, ca, clientCertificate, clientKey } = found;
  if (ca === undefined || clientCertificate === undefined || clientKey === undefined) {
    throw new UserError(`the kubeconfig ${path} does not hold a CA, a client certificate and its key`, {
      hint: "kbs logs in by these alone, as they stand in /etc/kubernetes/admin.conf of a control plane",
    });
  }
  const { address, port, endpoint } = endpointOf(server, path);
  const machine = connectLocal(hostname());
  const kube = openKube({
    dial: (dialSignal) => machine.dial(address, port, dialSignal ? { signal: dialSignal } : {}),
    serverName: "kubernetes",
    ca,
    cert: clientCertificate,
    key: clientKey,
    describe: endpoint,
    signal,
  });
  return { kube, endpoint, ca, close: async () => undefined };
};

/** The API of a configuration's cluster, through the door of its first control plane. */
const openThere = async (options: FleetOptions): Promise<OpenApi> => {
  const found = await glimpse(options);
  try {
    const admin = readKubeconfig(readAdminConf(found, options));
    const kube = openApi(found, options);
    const { endpoint } = endpointOf(admin?.server ?? "", "admin.conf of the first control plane");
    return { kube, endpoint, ca: admin?.ca ?? "", close: () => found.fleet.close() };
  } catch (error) {
    await found.fleet.close();
    throw error;
  }
};

/** Does work with the API open. @throws UserError where there is no kubeconfig, or none that logs in; what the work throws */
export const withApi = async <T>(options: ApiOptions, work: (api: OpenApi) => Promise<T>): Promise<T> => {
  const api = options.kubeconfig === undefined ? await openThere(options) : await openHere(options.kubeconfig, options.signal);
  try {
    return await work(api);
  } finally {
    api.kube.close();
    await api.close();
  }
};
