import { readFact } from "../../facts/index.ts";
import { type KubeletCertificatesFact, kubeletCertificates } from "../../facts/kubelet-certificates.ts";
import { KubeError } from "../../kube/error.ts";
import { healthyMembers } from "../../kube/etcd/quorum.ts";
import { etcdEndpoint } from "../../phases/common/etcd.ts";
import { type ExitName, UserError } from "../../shared/errors.ts";
import { openApi } from "../fleet/open-api.ts";
import { openFoundEtcd } from "../fleet/open-etcd.ts";
import { doorOf } from "../give-back.ts";
import type { ActionOutcome, FleetOptions } from "../options.ts";
import { type Survey, survey } from "../survey.ts";
import { type ClusterView, viewCluster } from "./cluster.ts";
import { type EtcdView, nothingOfEtcd, viewEtcd } from "./etcd.ts";
import { certificateStatuses, hostStatuses, hostWaits, strangers } from "./hosts.ts";
import type { ClusterStatus } from "./types.ts";

/** Asks each host for its kubelet's certificates. One that does not answer is left out: what it lacks shows elsewhere. */
const askKubelets = async ({ fleet, facts }: Survey, signal: AbortSignal): Promise<ReadonlyMap<string, KubeletCertificatesFact>> => {
  const found = new Map<string, KubeletCertificatesFact>();
  const questions = [kubeletCertificates.question];
  const ask = async (name: string): Promise<void> => {
    const reply = await fleet.doors.get(name)?.send({ kind: "ask", questions }, { signal, timeout: 30_000 });
    const answer = reply && readFact(kubeletCertificates, questions, reply.records);
    if (answer) found.set(name, answer);
  };
  await Promise.allSettled([...facts.keys()].map(ask));
  signal.throwIfAborted();
  return found;
};

/** What the API says, or the sentence why it says nothing. */
const askApi = async (found: Survey, options: FleetOptions): Promise<ClusterView | string> => {
  try {
    const kube = openApi(found, options);
    try {
      return await viewCluster(kube, found.cluster, options.signal);
    } finally {
      kube.close();
    }
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof UserError) return error.message;
    throw error;
  }
};

/** The members of etcd, and what is amiss with them. A silent etcd shows by the API, which does not answer either. */
const askEtcd = async (found: Survey, signal: AbortSignal): Promise<EtcdView> => {
  const etcd = openFoundEtcd(found);
  if (!etcd) return nothingOfEtcd;
  const { client, hosts } = etcd;
  try {
    const { cluster, fleet } = found;
    const asked = hosts.map((host) => etcdEndpoint({ cluster, door: doorOf(fleet) }, host));
    const [members, healthy] = await Promise.all([client.members({ signal, timeout: 5000 }), healthyMembers(client, asked, signal)]);
    return viewEtcd(found, members, { asked: hosts, healthy });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof KubeError) return nothingOfEtcd;
    throw error;
  } finally {
    client.close();
  }
};

const exitOf = ({ hosts, waiting }: ClusterStatus): ExitName => {
  if (hosts.some(({ reachable }) => !reachable)) return "unreachable";
  return waiting.length === 0 ? "done" : "phase";
};

/** What of an etcd that others run does not answer which control plane. */
const externalWaits = (seen: Survey["externalEtcd"]): readonly string[] =>
  [...seen].flatMap(([host, { missing, endpoints }]) => [
    ...missing.map((path) => `${path} is not on host ${host}, without which the external etcd takes no client`),
    ...endpoints.flatMap((answer) => ("problem" in answer ? [`external etcd ${answer.url} from host ${host}: ${answer.problem}`] : [])),
  ]);

/** Puts together what hosts and API have said. Without a reachable control plane the API was not asked, which its host has told already. */
export const describeStatus = (
  found: Pick<Survey, "cluster" | "facts" | "failures" | "pkiFound" | "externalEtcd" | "clusterId">,
  api: ClusterView | string,
  kubelets: ReadonlyMap<string, KubeletCertificatesFact>,
  now: Date,
  etcd: EtcdView = nothingOfEtcd,
): ClusterStatus => {
  const hosts = hostStatuses(found);
  const view = typeof api === "string" ? undefined : api;
  const silence = typeof api === "string" ? [api] : [];
  return {
    cluster: found.cluster.name,
    ...(view && { kubernetes: view.kubernetes }),
    hosts,
    nodes: view?.nodes ?? [],
    components: view?.components ?? [],
    etcd: etcd.members,
    certificates: hosts.flatMap(({ name }) =>
      certificateStatuses(name, { pki: found.pkiFound.get(name), kubelet: kubelets.get(name), now }),
    ),
    waiting: [
      ...strangers(found),
      ...hosts.flatMap(hostWaits),
      ...silence,
      ...(view?.waiting ?? []),
      ...etcd.waiting,
      ...externalWaits(found.externalEtcd),
    ],
  };
};

/**
 * Reads a cluster back: hosts, nodes, components, certificates, and what is not ready. Changes nothing.
 * Exit "unreachable" when a host did not answer, "phase" when the API does not or anything is not ready.
 */
export const clusterStatus = async (
  options: FleetOptions,
): Promise<{ readonly outcome: ActionOutcome; readonly status: ClusterStatus }> => {
  const found = await survey(options);
  try {
    const { signal } = options;
    const [api, kubelets, etcd] = await Promise.all([askApi(found, options), askKubelets(found, signal), askEtcd(found, signal)]);
    const status = describeStatus(found, api, kubelets, new Date(), etcd);
    return { outcome: { exit: exitOf(status), changed: 0, next: [] }, status };
  } finally {
    await found.fleet.close();
  }
};
