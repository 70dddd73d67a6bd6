import { UserError } from "../../shared/errors.ts";
import { hostPortOf, isHost, splitHostPort } from "../../shared/names.ts";

/** Where an API server listens. */
export interface Endpoint {
  /** An IP address, without brackets, or a DNS name. */
  readonly host: string;
  readonly port: number;
}

const example = "such as 10.0.0.11:6443, k8s.example.com:6443 or [fd00::11]:6443";

const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;

/** Reads `ADDRESS:PORT`. @throws UserError that says what is missing */
export const parseEndpoint = (text: string): Endpoint => {
  const bare = text.replace(/^https?:\/\//, "").replace(/\/$/, "");
  if (bare !== text) throw new UserError(`${text}: an address and a port are wanted here, no URL`, { hint: `type ${bare}` });
  const { host, port } = splitHostPort(text);
  if (port === undefined)
    throw new UserError(`${text}: the port of the API server is missing`, { hint: `it is 6443 unless somebody chose another: ${example}` });
  if (!isPort(port))
    throw new UserError(`${text}: ${JSON.stringify(port)} is no port`, { hint: `a port is a number from 1 to 65535, ${example}` });
  if (!isHost(host)) throw new UserError(`${text}: ${JSON.stringify(host)} is neither an IP address nor a DNS name`, { hint: example });
  return { host, port: Number(port) };
};

/** The endpoint as it stands in URLs. */
export const formatEndpoint = ({ host, port }: Endpoint): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;

/** The endpoint of a kubeconfig's `server`. @param where names the kubeconfig. @throws UserError for what is no https URL */
export const endpointOf = (server: string, where: string): Endpoint => {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url?.protocol !== "https:" || url.hostname === "")
    throw new UserError(`${where}: the server ${JSON.stringify(server)} is no https URL`);
  return hostPortOf(url);
};
