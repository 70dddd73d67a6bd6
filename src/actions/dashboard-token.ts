import { dashboardNamespace, dashboardServer, dashboardUser } from "../addons/dashboard/index.ts";
import type { Cluster } from "../config/types.ts";
import type { Kube, LiveObject } from "../kube/types.ts";
import { canBeSan, urlHost } from "../pki/names.ts";
import { UserError } from "../shared/errors.ts";
import { secrets } from "../shared/secrets.ts";
import { glimpse } from "./fleet/first-control-plane.ts";
import { openApi } from "./fleet/open-api.ts";
import type { ActionOutcome, FleetOptions } from "./options.ts";

/** The API server refuses less (ValidateTokenRequest). */
const shortestSeconds = 600;

export interface DashboardTokenOptions extends FleetOptions {
  /** How long the token is to be good. */
  readonly seconds: number;
}

type Wish = Pick<DashboardTokenOptions, "seconds" | "file">;

/** Milliseconds for an API server that does not answer: a person waits. */
const call = { patience: 5000 } as const;

interface TokenRequest {
  readonly status: { readonly token: string };
}

interface Service extends LiveObject {
  readonly spec: { readonly ports: readonly { readonly nodePort?: number }[] };
}

const absent = ({ file }: Wish): UserError =>
  new UserError("the dashboard is not in the cluster", {
    exit: "phase",
    hint: `write "addons: [{ name: dashboard }]" below spec in ${file}, then type kbs create cluster -f ${file}`,
  });

/** @throws UserError when the add-on is not in the cluster */
const requestToken = async (kube: Kube, options: Wish): Promise<string> => {
  const user = await kube.get({ apiVersion: "v1", kind: "ServiceAccount", namespace: dashboardNamespace, name: dashboardUser }, call);
  if (!user) throw absent(options);
  const { status } = await kube.raw<TokenRequest>(
    "POST",
    `/api/v1/namespaces/${dashboardNamespace}/serviceaccounts/${dashboardUser}/token`,
    {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: options.seconds },
    },
    call,
  );
  return secrets.add(status.token);
};

/** Where a browser finds the dashboard: its port is open on every node. */
const urlOf = async (kube: Kube, { hosts }: Cluster, options: Wish): Promise<string> => {
  const service = await kube.get<Service>(
    { apiVersion: "v1", kind: "Service", namespace: dashboardNamespace, name: dashboardServer },
    call,
  );
  const nodePort = service?.spec.ports.find((port) => port.nodePort !== undefined)?.nodePort;
  const [host] = hosts;
  if (nodePort === undefined || !host) throw absent(options);
  return `https://${urlHost(canBeSan(host.address) ? host.address : host.internalAddress)}:${nodePort}`;
};

/** Asks the API for both. The token is registered as a secret. @throws UserError when the add-on is not in the cluster */
export const askForToken = async (
  kube: Kube,
  cluster: Cluster,
  options: Wish,
): Promise<{ readonly token: string; readonly url: string }> => {
  const [token, url] = await Promise.all([requestToken(kube, options), urlOf(kube, cluster, options)]);
  return { token, url };
};

/** A token with which one logs in to the dashboard, and where that is. @throws UserError when the add-on is not in the cluster */
export const dashboardToken = async (
  options: DashboardTokenOptions,
): Promise<{ readonly outcome: ActionOutcome; readonly token: string; readonly url: string }> => {
  if (options.seconds < shortestSeconds)
    throw new UserError(`a token must be good for ${shortestSeconds} seconds at least, not ${options.seconds}`);
  const found = await glimpse(options);
  try {
    const kube = openApi(found, options);
    try {
      return { outcome: { exit: "done", changed: 0, next: [] }, ...(await askForToken(kube, found.cluster, options)) };
    } finally {
      kube.close();
    }
  } finally {
    await found.fleet.close();
  }
};
