import { UserError } from "../shared/errors.ts";
import { canonicalIp, isAddress } from "./ip.ts";

/** What the certificates and kubeconfigs of one control-plane host must know. */
export interface PkiNames {
  readonly nodeName: string;
  /** The address that the API server advertises and etcd listens on. */
  readonly advertiseAddress: string;
  /** Where SSH goes; an operator's kubectl goes there too, so it is among the names of the API server. */
  readonly address: string;
  /** Without it, every kubeconfig aims at this host. */
  readonly controlPlaneEndpoint?: { readonly host: string; readonly port: number } | undefined;
  /** The port of the API server. */
  readonly bindPort: number;
  /** The first address of the first service subnet. */
  readonly serviceAddress: string;
  readonly dnsDomain: string;
  readonly apiServerSans: readonly string[];
  readonly etcdServerSans: readonly string[];
  readonly etcdPeerSans: readonly string[];
  readonly clusterName: string;
}

/** Subject alternative names, both without repetition: DNS names sorted, addresses in the order given. */
export interface Sans {
  readonly dns: readonly string[];
  readonly ips: readonly string[];
}

/** RFC 1123 subdomain, with or without a leading `*.`; four numbers are a mistyped address. */
const dnsName = /^(?!\d+(\.\d+){3}$)(?=.{1,253}$)(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/**
 * Sorts names into DNS names and addresses. Names are compared without case, so all are written in lower case.
 * @throws UserError for what is neither: no certificate can hold it.
 */
export const sansOf = (names: readonly string[]): Sans => {
  const lower = names.map((name) => name.toLowerCase());
  for (const name of lower) {
    if (isAddress(name) || dnsName.test(name)) continue;
    throw new UserError(`"${name}" cannot stand in a certificate: it is neither an IP address nor a DNS name`, {
      hint: "use an address such as 10.0.0.11, a name such as k8s.example.com, or a wildcard such as *.example.com",
    });
  }
  return {
    dns: [...new Set(lower.filter((name) => !isAddress(name)))].toSorted(),
    ips: [...new Set(lower.filter(isAddress).map(canonicalIp))],
  };
};

/** Whether a text can be a name in a certificate. An SSH address need not: `my_host` of an SSH configuration cannot. */
export const canBeSan = (name: string): boolean => isAddress(name) || dnsName.test(name.toLowerCase());

/** A host as it stands in a URL. */
export const urlHost = (host: string): string => (host.includes(":") ? `[${host}]` : host);

/** The API server of this very host. */
export const localEndpoint = ({ advertiseAddress, bindPort }: PkiNames): string => `https://${urlHost(advertiseAddress)}:${bindPort}`;

/** The API server as the cluster knows it: the control-plane endpoint, else this host. */
export const clusterEndpoint = (names: PkiNames): string => {
  const endpoint = names.controlPlaneEndpoint;
  return endpoint === undefined ? localEndpoint(names) : `https://${urlHost(endpoint.host)}:${endpoint.port}`;
};
