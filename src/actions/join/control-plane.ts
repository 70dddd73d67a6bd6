import type { Cluster, ClusterHost } from "../../config/types.ts";
import type { PkiFilesFact } from "../../facts/index.ts";
import { openTcp } from "../../host/tcp.ts";
import { openKube } from "../../kube/client.ts";
import { type Endpoint, endpointOf, formatEndpoint } from "../../kube/discovery-by/endpoint.ts";
import { KubeError } from "../../kube/error.ts";
import { openEtcd } from "../../kube/etcd/client.ts";
import { judgeMembership } from "../../kube/etcd/membership.ts";
import type { Etcd, EtcdMember } from "../../kube/etcd/types.ts";
import type { Kube } from "../../kube/types.ts";
import { certificateRows, pkiNames } from "../../phases/common/pki.ts";
import { healthCheckFiles } from "../../pki/etcd-credentials.ts";
import { issuePki, type PkiFile, prepareMemberKeys } from "../../pki/issue.ts";
import { readKubeconfig } from "../../pki/kubeconfig/kubeconfig.ts";
import { externalFiles, type SharedPlaces, sharedFiles, sharedPlaces } from "../../pki/shared-files.ts";
import { memberKubeconfigs } from "../../pki/table.ts";
import { UserError } from "../../shared/errors.ts";
import { certificatesOf } from "../../templates/paths.ts";
import { peerUrl } from "../../templates/static-pods/etcd-urls.ts";
import { etcdAt } from "../fleet/open-etcd.ts";
import { adminConf } from "../kubeconfig/write.ts";
import type { FleetOptions } from "../options.ts";
import type { Survey } from "../survey.ts";
import type { AsControlPlane } from "./cluster.ts";
import { type Found, told } from "./discover.ts";
import { downloadShared, type Shared, sharedHere } from "./shared.ts";

/** What one more control plane has before anything is changed. Holds secrets. */
export interface ControlPlaneReady {
  /** What it shares with the others. */
  readonly shared: readonly PkiFile[];
  /** All of its keys, certificates and kubeconfigs. */
  readonly files: readonly PkiFile[];
  /** The API as administrator, by the control planes that are there. */
  readonly kube: Kube;
  /** The members that are there; absent where others run etcd. */
  readonly etcd?: Etcd;
  readonly close: () => void;
}

/** Milliseconds for a connection. */
const dialWithin = 10_000;
/** Milliseconds for an API server that does not answer at once. */
const patience = 60_000;

const hostOf = ({ hosts: [host] }: Cluster): ClusterHost => {
  if (!host) throw new Error("a machine that joins is a host of its cluster");
  return host;
};

interface Sharing {
  readonly found: Found;
  readonly kube: Kube;
  readonly here: PkiFilesFact;
  readonly places: SharedPlaces;
}

/** Downloaded, or as they lie here. Told as a phase. */
const sharedOf = async (
  { found, kube, here, places }: Sharing,
  { certificateKey: key }: AsControlPlane,
  { name }: ClusterHost,
  options: FleetOptions,
): Promise<Shared> => {
  if (key === undefined) return sharedHere(here, places);
  const phase = { phase: "download-certificates", title: "Download what control planes share" };
  return await told(phase, name, options, () => downloadShared(kube, { key, ca: found.ca, places }, options.signal));
};

/** kubeadm, too, leaves the public key readable for all where it was downloaded. */
const modeOf = (path: string): number => (path.endsWith(".crt") || path.endsWith(".pub") ? 0o644 : 0o600);

const asFile = ({ path, part, content }: Pick<PkiFile, "path" | "part" | "content">, here: PkiFilesFact): PkiFile => {
  const own = here.get(path)?.content;
  const isThere = own?.equals(content) === true;
  const reason = isThere ? undefined : own === undefined ? "it is missing" : "it is not the one that the other control planes have";
  return { path, mode: modeOf(path), secret: !path.endsWith(".crt") && !path.endsWith(".pub"), part, reason, content };
};

/** Everything that the control plane needs, in memory: what is here and good is kept. */
const filesOf = async (cluster: Cluster, shared: Shared, here: PkiFilesFact, now: Date): Promise<readonly PkiFile[]> => {
  const existing = new Map([...[...here].map(([path, { content }]) => [path, content] as const), ...shared]);
  const { certificateValidity, encryptionAlgorithm } = cluster.kubernetes;
  const files = await issuePki({
    existing,
    folder: certificatesOf(cluster),
    names: pkiNames({ cluster, hosts: cluster.hosts }, hostOf(cluster).name),
    now,
    keys: prepareMemberKeys(encryptionAlgorithm),
    lifeMs: { ca: certificateValidity.ca * 1000, leaf: certificateValidity.leaf * 1000 },
    certificates: certificateRows(cluster),
    kubeconfigs: memberKubeconfigs,
  });
  const given = [...externalFiles(sharedPlaces(cluster)).keys()].flatMap((path) => {
    const content = shared.get(path);
    return content === undefined ? [] : [asFile({ path, part: "certs/apiserver-etcd-client", content }, here)];
  });
  return [...files.map((file) => (shared.has(file.path) ? asFile(file, here) : file)), ...given];
};

const contentOf = (files: readonly PkiFile[], path: string): string => {
  const file = files.find((one) => one.path === path);
  if (!file) throw new Error(`the PKI has no ${path}`);
  return file.content.toString();
};

/** The API by an administrator's kubeconfig, at an endpoint that was proven. */
export const openAsAdmin = (admin: string, { endpoint, ca }: Pick<Found, "endpoint" | "ca">, signal: AbortSignal): Kube => {
  const { clientCertificate, clientKey } = readKubeconfig(admin) ?? {};
  if (clientCertificate === undefined || clientKey === undefined) throw new Error("an administrator's kubeconfig holds no certificate");
  return openKube({
    dial: (dialSignal) => openTcp(endpoint.host, endpoint.port, dialWithin, dialSignal),
    serverName: "kubernetes",
    ca,
    cert: clientCertificate,
    key: clientKey,
    describe: formatEndpoint(endpoint),
    signal,
  });
};

/** In which each etcd of a control plane tells where it serves; kubeadm finds them by it. */
const clientUrlsAnnotation = "kubeadm.kubernetes.io/etcd.advertise-client-urls";

/** Where the cluster's etcd serves, by its pods; this machine's own is yet to have its vote. */
const etcdEndpoints = async (kube: Kube, { internalAddress }: ClusterHost, signal: AbortSignal): Promise<readonly Endpoint[]> => {
  const labelSelector = "component=etcd,tier=control-plane";
  const { items } = await kube.list({ apiVersion: "v1", kind: "Pod", namespace: "kube-system", labelSelector }, { signal, patience });
  const urls = items.flatMap(({ metadata }) => metadata.annotations?.[clientUrlsAnnotation]?.split(",") ?? []);
  return urls.map((url) => endpointOf(url, `annotation ${clientUrlsAnnotation}`)).filter(({ host }) => host !== internalAddress);
};

const noEtcd = (): UserError =>
  new UserError("the cluster shows no etcd that could be joined: no pod of it tells where it serves", {
    exit: "phase",
    probably: "its etcd runs elsewhere, or was set up by neither kubeadm nor kbs",
    hint: `kubectl -n kube-system get pods -l component=etcd -o yaml shows the annotation ${clientUrlsAnnotation}`,
  });

/** @throws UserError where etcd cannot agree on anything, and so takes nobody */
const listMembers = async (etcd: Etcd, signal: AbortSignal): Promise<readonly EtcdMember[]> => {
  try {
    return await etcd.members({ signal, patience: 20_000 });
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    throw new UserError("etcd of the cluster cannot be joined: none of its members answers for a majority of them", {
      exit: error.code === 0 ? "unreachable" : "phase",
      cause: error,
      output: error.message,
      probably: "control planes are down, or a firewall keeps this machine from port 2379 of the others",
      hint: "bring the other control planes back (kbs status, kubectl get nodes), and see that TCP to their ports 2379 and 2380 passes",
    });
  }
};

/** @throws UserError for a name or an address that etcd knows otherwise */
const refuseTakenPlace = (members: readonly EtcdMember[], { name, internalAddress }: ClusterHost, { facts, etcdData }: Survey): void => {
  const hasData = facts.get(name)?.kubernetes.etcd?.hasData ?? etcdData.has(name);
  const verdict = judgeMembership(members, { name, peerUrl: peerUrl(internalAddress), hasData });
  if (verdict.is !== "refused") return;
  throw new UserError(verdict.why, {
    exit: "preflight",
    hint: "if that control plane is gone: take its member out of etcd and its node out of the cluster; if this is another machine: choose another name by --node-name",
  });
};

interface Preparing {
  readonly survey: Survey;
  readonly files: readonly PkiFile[];
  readonly admin: Kube;
}

/** The cluster's own etcd, which would take this machine; undefined where others run it. Told as a phase. @throws UserError */
const askEtcd = async ({ survey, files, admin }: Preparing, host: ClusterHost, options: FleetOptions): Promise<Etcd | undefined> => {
  const { cluster } = survey;
  if (cluster.etcd.mode === "external") return undefined;
  const { signal } = options;
  return await told({ phase: "ask-etcd", title: "Ask etcd" }, host.name, options, async () => {
    const endpoints = await etcdEndpoints(admin, host, signal);
    if (endpoints.length === 0) throw noEtcd();
    const credentials = healthCheckFiles(`${certificatesOf(cluster)}/etcd`, (path) => contentOf(files, path));
    const opened = openEtcd({ endpoints: endpoints.map((endpoint) => etcdAt(endpoint, dialWithin)), ...credentials, signal });
    refuseTakenPlace(await listMembers(opened, signal), host, survey);
    return opened;
  });
};

/**
 * Gets what one more control plane needs, in memory, and asks the API and etcd whether they would take it. Changes nothing.
 * @param input.kube the API, by what this machine logs in with until then
 * @throws UserError for each reason why it cannot be
 */
export const prepareControlPlane = async (
  { found, kube, survey }: { readonly found: Found; readonly kube: Kube; readonly survey: Survey },
  wish: AsControlPlane,
  options: FleetOptions,
): Promise<ControlPlaneReady> => {
  const { cluster, pkiFound } = survey;
  const host = hostOf(cluster);
  const here: PkiFilesFact = pkiFound.get(host.name) ?? new Map();
  const places = sharedPlaces(cluster);
  const shared = await sharedOf({ found, kube, here, places }, wish, host, options);
  const files = await filesOf(cluster, shared, here, new Date());
  const admin = openAsAdmin(contentOf(files, adminConf), found, options.signal);
  try {
    const etcd = await askEtcd({ survey, files, admin }, host, options);
    const close = (): void => {
      admin.close();
      etcd?.close();
    };
    const common = new Set(sharedFiles(places));
    return { shared: files.filter(({ path }) => common.has(path)), files, kube: admin, ...(etcd && { etcd }), close };
  } catch (error) {
    admin.close();
    throw error;
  }
};
