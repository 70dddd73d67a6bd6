import { caHash } from "../../pki/certificate.ts";
import { certificatesIn } from "../../pki/pem.ts";
import { quoteAll } from "../../shared/quote.ts";

/**
 * What to type on a machine that is to join; one hash for each CA, any of which may have signed the server's certificate.
 * @param endpoint `host:port`
 * @param ca PEM
 * @param token what stands for it on the line; the token itself is a secret
 */
export const joinLine = (endpoint: string, ca: string, token: string): string => {
  const hashes = certificatesIn(ca).flatMap((certificate) => ["--discovery-token-ca-cert-hash", caHash(certificate.toString())]);
  return `${quoteAll(["kbs", "join", endpoint, "--token"])} ${token} ${quoteAll(hashes)}`;
};

/**
 * The same for a further control plane.
 * @param key what stands for the certificate key on the line; absent: what control planes share is copied there by hand
 */
export const controlPlaneLine = (endpoint: string, ca: string, token: string, key?: string): string =>
  `${joinLine(endpoint, ca, token)} --control-plane${key === undefined ? "" : ` --certificate-key ${key}`}`;
