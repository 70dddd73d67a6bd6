import { hostname } from "node:os";
import { dirname } from "node:path";
import type { Host } from "../../changes/host.ts";
import type { PkiFilesFact } from "../../facts/index.ts";
import type { EtcdManifest } from "../../facts/kubernetes.ts";
import { type Endpoint, endpointOf } from "../../kube/discovery-by/endpoint.ts";
import { KubeError } from "../../kube/error.ts";
import { openEtcd } from "../../kube/etcd/client.ts";
import type { Etcd, EtcdEndpoint, EtcdMember } from "../../kube/etcd/types.ts";
import { readInitialCluster } from "../../phases/common/etcd.ts";
import { healthCheckCredentials } from "../../pki/etcd-credentials.ts";
import { pki } from "../../templates/paths.ts";
import { etcdClientPort, localhost } from "../../templates/static-pods/index.ts";
import type { Listener } from "../certs/listeners.ts";
import { etcdAt, etcdThrough } from "../fleet/open-etcd.ts";
import { told } from "../join/discover.ts";
import type { FleetOptions } from "../options.ts";

/** Milliseconds for an answer: etcd may not run any more. */
const within = 8000;

const remote = ({ clientUrls }: EtcdMember): readonly EtcdEndpoint[] =>
  clientUrls.map((url) => etcdAt(endpointOf(url, "etcd's list of members"), within));

const asKubeadm =
  "a member that is gone counts against etcd's majority for ever: on another control plane, etcdctl member list tells its id, and etcdctl member remove takes it out";

/** The members by the manifest of this machine's own, as they were when it joined: name and peer URL. */
const remembered = ({ initialCluster }: Pick<EtcdManifest, "initialCluster">): readonly (readonly [name: string, peer: URL])[] =>
  readInitialCluster(initialCluster).flatMap(({ name, peerUrl }) => (URL.canParse(peerUrl) ? [[name, new URL(peerUrl)] as const] : []));

const hostOf = ({ hostname: host }: URL): string => host.replaceAll(/[[\]]/g, "");

const leave = async (own: Etcd, here: EtcdEndpoint, manifest: Pick<EtcdManifest, "initialCluster">, signal: AbortSignal): Promise<void> => {
  const call = { signal, timeout: within };
  const known = remembered(manifest);
  const [, ownPeer] = known.find(([name]) => name === hostname().toLowerCase()) ?? [];
  // This machine's own may not run any more, or have no vote yet: then others tell.
  const asked = [here, ...known.map(([, peer]) => etcdAt({ host: hostOf(peer), port: etcdClientPort }, within))];
  const memberId = await own.status(call).then(
    (status) => status.memberId,
    () => undefined,
  );
  const members = await own.by(...asked).members(call);
  const mine = members.find(({ id, peerUrls: [peer = ""] }) => id === memberId || (ownPeer && peer === ownPeer.origin));
  const others = members.filter((member) => member !== mine);
  if (mine && others.length > 0) await own.by(...others.flatMap(remote), here).remove(mine.id, call);
};

/** What is known of this machine's member. */
export interface LeavingHere {
  readonly found: PkiFilesFact;
  readonly manifest: Pick<EtcdManifest, "initialCluster" | "caFile">;
  /** Where it listens to clients, by its manifest; absent for one that is a service. */
  readonly listening?: Pick<Listener, "address" | "port"> | undefined;
}

/** Where no manifest tells, by the loopback of the family of its peers' addresses, as kubeadm and kbs have it listen. */
const placeOf = ({ manifest, listening }: LeavingHere): Endpoint => {
  if (listening) return { host: listening.address, port: listening.port };
  const [[, peer] = []] = remembered(manifest);
  return { host: localhost(peer ? hostOf(peer) : ""), port: etcdClientPort };
};

/**
 * Takes this machine's member out of its etcd while others are there, as kubeadm's reset does first. Where etcd does not do it, that is told, and the machine is
 * given back all the same: its cluster may be gone.
 */
export const leaveEtcdHere = async (door: Host, member: LeavingHere, options: FleetOptions): Promise<void> => {
  const { found, manifest } = member;
  const folder = manifest.caFile === undefined ? `${pki}/etcd` : dirname(manifest.caFile);
  const credentials = healthCheckCredentials(folder, (path) => found.get(path)?.content);
  if (!credentials) return;
  const { signal, bus } = options;
  const tell = (error: unknown): void => {
    signal.throwIfAborted();
    if (!(error instanceof KubeError)) throw error;
    bus.emit({ type: "warning", host: door.name, text: `this machine's member is not taken out of etcd: ${error.message}; ${asKubeadm}` });
  };
  const here = etcdThrough(door, placeOf(member));
  const own = openEtcd({ endpoints: [here], ...credentials, signal });
  try {
    await told({ phase: "leave-etcd", title: "Leave etcd" }, door.name, options, () => leave(own, here, manifest, signal).catch(tell));
  } finally {
    own.close();
  }
};
