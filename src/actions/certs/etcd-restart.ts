import type { Host } from "../../changes/host.ts";
import type { ClusterHost } from "../../config/types.ts";
import { endpointOf } from "../../kube/discovery-by/endpoint.ts";
import { KubeError } from "../../kube/error.ts";
import { openEtcd } from "../../kube/etcd/client.ts";
import { memberAt } from "../../kube/etcd/membership.ts";
import type { Etcd, EtcdEndpoint, EtcdMember } from "../../kube/etcd/types.ts";
import { memberOf } from "../../phases/common/etcd.ts";
import { loadedBy } from "../../phases/renew-certificates.ts";
import { healthCheckCredentials } from "../../pki/etcd-credentials.ts";
import type { RenewedFile } from "../../pki/renew.ts";
import { pki } from "../../templates/paths.ts";
import { etcdThrough } from "../fleet/open-etcd.ts";
import { untilSpared } from "../restart-quorum.ts";
import type { Files } from "./ends.ts";
import type { Found } from "./look-at.ts";

/** Milliseconds for the word of a control plane's own etcd. */
const patience = 2000;

/** A control plane of the run. */
interface Renewing {
  readonly host: ClusterHost;
  readonly door: Host;
  readonly found: Pick<Found, "listening">;
  readonly renewed: readonly RenewedFile[];
  /** With what is renewed: etcd takes that already, and the former may have ended. */
  readonly files: Files;
}

/** Its own etcd; none where others run it. */
const own = ({ door, found }: Renewing): readonly EtcdEndpoint[] =>
  found.listening.filter(({ component }) => component === "etcd").map(({ address, port }) => etcdThrough(door, { host: address, port }));

/** Members on hosts of the run by their own doors; the others over the network, from where etcd is to restart. */
const endpointsOf = (members: readonly EtcdMember[], { door }: Renewing, all: readonly Renewing[]): readonly EtcdEndpoint[] => {
  const ours = all.flatMap(({ host }) => memberAt(members, memberOf(host).peerUrl) ?? []);
  const urls = members.filter((member) => !ours.includes(member)).flatMap(({ clientUrls }) => clientUrls);
  return [...all.flatMap(own), ...urls.map((url) => etcdThrough(door, endpointOf(url, "etcd's list of members")))];
};

const open = (endpoint: EtcdEndpoint, files: Files, folder: string, signal: AbortSignal): Etcd | undefined => {
  const credentials = healthCheckCredentials(`${folder}/etcd`, (path) => files.get(path));
  return credentials && openEtcd({ endpoints: [endpoint], ...credentials, signal });
};

/** Undefined where it does not answer. */
const idOf = async (etcd: Etcd, signal: AbortSignal): Promise<string | undefined> => {
  try {
    return (await etcd.status({ signal, patience })).memberId;
  } catch (error) {
    if (error instanceof KubeError) return undefined;
    throw error;
  }
};

/**
 * Why a control plane's etcd must not load certificates now: the cluster would have none without it. Undefined where it loads none, and where etcd answers nobody: then
 * a restart takes nothing away, and certificates that have ended are what it may need.
 * @param all the control planes of the run
 */
export const whyNotRestartEtcd = async (
  plan: Renewing,
  all: readonly Renewing[],
  { folder = pki, signal }: { readonly folder?: string | undefined; readonly signal: AbortSignal },
): Promise<string | undefined> => {
  const [here] = own(plan);
  if (!here || loadedBy("etcd", plan.renewed, folder).length === 0) return undefined;
  const alone = open(here, plan.files, folder, signal);
  if (!alone) return undefined;
  try {
    const id = await idOf(alone, signal);
    if (id === undefined) return undefined;
    const spared = await untilSpared(
      {
        client: alone.by(here, ...all.filter((other) => other !== plan).flatMap(own)),
        endpoints: (members) => endpointsOf(members, plan, all),
        restarting: (members) => members.filter((member) => member.id === id),
      },
      signal,
    );
    return spared?.why;
  } finally {
    alone.close();
  }
};
