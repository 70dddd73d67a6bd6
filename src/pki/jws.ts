import { createHmac, timingSafeEqual } from "node:crypto";
import type { BootstrapToken } from "./token.ts";

/** The detached JWS (RFC 7515, appendix F) by which a token vouches for the kubeconfig in cluster-info: `header..signature`. */
export const detachedJws = ({ id, secret }: BootstrapToken, kubeconfig: string): string => {
  const header = Buffer.from(`{"alg":"HS256","kid":"${id}"}`).toString("base64url");
  const payload = Buffer.from(kubeconfig).toString("base64url");
  return `${header}..${createHmac("sha256", secret).update(`${header}.${payload}`).digest("base64url")}`;
};

/** Whether a JWS found in cluster-info was made with this token over this kubeconfig. Takes the same time wherever it differs. */
export const vouchesFor = (jws: string, token: BootstrapToken, kubeconfig: string): boolean => {
  const expected = Buffer.from(detachedJws(token, kubeconfig));
  const given = Buffer.from(jws);
  return given.length === expected.length && timingSafeEqual(given, expected);
};
