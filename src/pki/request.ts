import type { KeyObject } from "node:crypto";
import { distinguishedName, publicKeyInfo } from "./certificate.ts";
import * as der from "./der.ts";
import { altNames } from "./extensions.ts";
import type { Sans } from "./names.ts";
import { signedBy } from "./signing.ts";

/** For whom a certificate is asked. Usages are not asked for, as kubeadm does not: the CA gives them. */
export interface RequestSubject {
  readonly commonName: string;
  readonly organization?: string | undefined;
  readonly sans?: Sans | undefined;
}

/** PKCS #9 (RFC 2985), 5.4.2: extensions that the certificate is to have. */
const extensionRequest = "1.2.840.113549.1.9.14";

/** A certificate signing request (RFC 2986), PEM, signed by the key that it is about. */
export const signRequest = ({ commonName, organization, sans }: RequestSubject, key: KeyObject): string => {
  const extensions = altNames(sans ?? { dns: [], ips: [] });
  const asked = extensions.length === 0 ? [] : [der.sequence(der.oid(extensionRequest), der.set(der.sequence(...extensions)))];
  const request = signedBy(key, () =>
    der.sequence(
      der.integer(0n), // version 1
      distinguishedName(commonName, organization),
      publicKeyInfo(key),
      der.explicit(0, ...asked),
    ),
  );
  const lines = request.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join("\n")}\n-----END CERTIFICATE REQUEST-----\n`;
};
