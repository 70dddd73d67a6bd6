import { addressFamily } from "./ip.ts";

const label = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";
const labelPattern = new RegExp(`^${label}$`);
const subdomainPattern = new RegExp(`^${label}(?:\\.${label})*$`);

/** An RFC 1123 label: lower-case letters, digits and `-`, at most 63 characters. */
export const isDnsLabel = (text: string): boolean => text.length <= 63 && labelPattern.test(text);

/** An RFC 1123 subdomain as Kubernetes understands it: lower-case labels joined by dots, at most 253 characters. */
export const isDnsName = (text: string): boolean => text.length <= 253 && subdomainPattern.test(text);

/** A name whose last label is a number can only be a mistyped IP address (RFC 1123, section 2.1). */
export const looksLikeAddress = (text: string): boolean => /(?:^|\.)\d+$/.test(text) || text.includes(":");

/** Where a connection may go: an IP address, or a DNS name in any case. */
export const isHost = (text: string): boolean =>
  addressFamily(text) !== undefined || (isDnsName(text.toLowerCase()) && !looksLikeAddress(text));

/** A DNS name of which the first label may be `*`. */
export const isWildcardName = (text: string): boolean => isDnsName(text.replace(/^\*\./, ""));

const labelPart = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** The key of a Kubernetes label or taint: an optional DNS prefix with `/`, then at most 63 characters. */
export const isQualifiedName = (text: string): boolean => {
  const [name = "", prefix, ...rest] = text.split("/").toReversed();
  return rest.length === 0 && (prefix === undefined || isDnsName(prefix)) && name.length <= 63 && labelPart.test(name);
};

/** The value of a Kubernetes label or taint; it may be empty. */
export const isLabelValue = (text: string): boolean => text === "" || (text.length <= 63 && labelPart.test(text));

/** Splits `host`, `host:port`, `[v6]` and `[v6]:port`; a bare IPv6 address is a host. Says nothing about whether host and port are right. */
export const splitHostPort = (text: string): { readonly host: string; readonly port?: string } => {
  if (addressFamily(text) === 6) return { host: text };
  const match = /^(?:\[(?<v6>[^\]]*)\]|(?<plain>[^:]*))(?::(?<port>.*))?$/.exec(text);
  const { v6, plain, port } = match?.groups ?? {};
  return { host: v6 ?? plain ?? text, ...(port === undefined ? {} : { port }) };
};

/** Where the server of a URL listens: the host without brackets. A URL leaves out the port that its scheme has anyway. */
export const hostPortOf = ({ protocol, hostname, port }: URL): { readonly host: string; readonly port: number } => {
  const usual = protocol === "https:" ? 443 : 80;
  return { host: hostname.replaceAll(/[[\]]/g, ""), port: port === "" ? usual : Number(port) };
};
