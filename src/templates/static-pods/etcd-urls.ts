import type { Cluster } from "../../config/types.ts";
import { addressFamily } from "../../shared/ip.ts";

export const clientPort = 2379;
const peerPort = 2380;

/** `host:port`, an IPv6 address in brackets. */
export const hostPort = (host: string, port: number): string => (addressFamily(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`);

export const clientUrl = (address: string): string => `https://${hostPort(address, clientPort)}`;
export const peerUrl = (address: string): string => `https://${hostPort(address, peerPort)}`;

/** The loopback address of the same family. */
export const localhost = (address: string): string => (addressFamily(address) === 6 ? "::1" : "127.0.0.1");

/** Where the hosts with role etcd serve clients. */
export const dedicatedEndpoints = ({ hosts }: Pick<Cluster, "hosts">): readonly string[] =>
  hosts.filter(({ roles }) => roles.includes("etcd")).map(({ internalAddress }) => clientUrl(internalAddress));
