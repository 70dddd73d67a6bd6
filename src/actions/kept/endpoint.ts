import { isControlPlane } from "../../config/roles.ts";
import type { Cluster, ClusterHost } from "../../config/types.ts";
import { readKubeconfig } from "../../pki/kubeconfig/kubeconfig.ts";
import { addressFamily } from "../../shared/ip.ts";
import { hostPortOf } from "../../shared/names.ts";
import { adminConf } from "../kubeconfig/write.ts";
import { leadingControlPlane } from "../leading.ts";
import type { Survey } from "../survey.ts";

/** What a file gets that names no endpoint: the address of its first control plane. */
const isAssumed = ({ hosts, controlPlaneEndpoint, loadBalancer, kubernetes }: Cluster): boolean => {
  const first = hosts.find(isControlPlane);
  const { host, port } = controlPlaneEndpoint;
  return loadBalancer === "none" && host === first?.internalAddress && port === kubernetes.apiServer.bindPort;
};

/** Where a kubeconfig's server is; undefined for what is no URL. */
export const endpointAt = (server: string | undefined): Cluster["controlPlaneEndpoint"] | undefined =>
  server === undefined || !URL.canParse(server) ? undefined : hostPortOf(new URL(server));

/** The endpoint that an administrator's kubeconfig of a host names. */
export const endpointOn = (pkiFound: Survey["pkiFound"], host: string): Cluster["controlPlaneEndpoint"] | undefined => {
  const admin = pkiFound.get(host)?.get(adminConf);
  return admin && endpointAt(readKubeconfig(admin.content.toString())?.server);
};

const isHost = ({ host }: Cluster["controlPlaneEndpoint"], hosts: readonly ClusterHost[]): boolean =>
  hosts.some(({ address, internalAddress }) => address === host || internalAddress === host);

/**
 * The cluster with the endpoint that it was made with, where the file names none: it is in every kubeconfig and cannot follow whoever stands first
 * in the file.
 * @param warn told when that endpoint is an address which no host of the file has
 */
export const keepEndpoint = (
  cluster: Cluster,
  { facts, pkiFound }: Pick<Survey, "facts" | "pkiFound">,
  warn: (text: string) => void,
): Cluster => {
  if (!isAssumed(cluster)) return cluster;
  const reached = cluster.hosts.filter(({ name }) => facts.has(name));
  const leader = leadingControlPlane(reached, facts);
  const made = endpointOn(pkiFound, leader?.name ?? "");
  if (made === undefined || made.host === cluster.controlPlaneEndpoint.host) return cluster;
  if (addressFamily(made.host) !== undefined && !isHost(made, cluster.hosts))
    warn(`every node of ${cluster.name} reaches the API at ${made.host}, the address of no host in ${cluster.source}`);
  return { ...cluster, controlPlaneEndpoint: made };
};
