import { signLeaf } from "../certificate.ts";
import { openPair } from "../judge-certificate.ts";
import { generateKey, type KeyAlgorithm, privateKeyPem } from "../keys.ts";
import { certificatesIn } from "../pem.ts";
import { renderKubeconfig } from "./kubeconfig.ts";

/** A user whom the API knows by a client certificate, or by a token of their own. */
export type KubeconfigUser =
  | { readonly name: string; readonly groups: readonly string[] /** Milliseconds. */; readonly lifeMs: number }
  | { readonly name: string; readonly token: string };

export interface UserKubeconfigRequest {
  readonly user: KubeconfigUser;
  readonly clusterName: string;
  /** `https://host:port` */
  readonly server: string;
  /** The cluster's CA, PEM. Without its key only a token can be written. */
  readonly ca: { readonly certificate: string; readonly key: string | undefined };
  readonly algorithm: KeyAlgorithm;
  readonly now: Date;
}

/** Why a kubeconfig cannot be made, or the kubeconfig; and when its certificate and the CA end. */
export type UserKubeconfig = { readonly problem: string } | { readonly text: string; readonly ends?: Date; readonly caEnds: Date };

/** The kubeconfig of a user, as `kubeadm kubeconfig user` writes it: its certificate begins with its CA. */
export const userKubeconfig = async ({ user, clusterName, server, ca, algorithm, now }: UserKubeconfigRequest): Promise<UserKubeconfig> => {
  const [first] = certificatesIn(ca.certificate);
  if (!first) return { problem: "it is no certificate" };
  const content = { clusterName, server, caPem: first.toString(), user: user.name };
  const caEnds = first.validToDate;
  if ("token" in user) return { text: renderKubeconfig({ ...content, credentials: { token: user.token } }), caEnds };
  const pair = openPair(ca);
  if (typeof pair === "string") return { problem: pair };
  const key = await generateKey(algorithm);
  const ends = new Date(now.getTime() + user.lifeMs);
  const validity = { notBefore: first.validFromDate, notAfter: ends };
  const certificate = signLeaf({ commonName: user.name, organization: user.groups, usages: ["clientAuth"], key }, pair, validity);
  const credentials = { certificatePem: certificate.toString(), keyPem: privateKeyPem(key) };
  return { text: renderKubeconfig({ ...content, credentials }), ends, caEnds };
};
