import type { X509Certificate } from "node:crypto";
import { certificatesIn } from "../../pki/pem.ts";
import { formatEndpoint } from "./endpoint.ts";
import type { Target, Trust } from "./secure.ts";
import { lasting, type Trouble } from "./trouble.ts";

interface Judged extends Target {
  readonly trust: Exclude<Trust, "anyone">;
}

const units = [
  { name: "days", size: 86_400 },
  { name: "hours", size: 3600 },
  { name: "minutes", size: 60 },
];

/** A span of time as a person says it, in a unit of which it has two: "3 days", "2 hours", "45 seconds". */
export const span = (milliseconds: number): string => {
  const seconds = Math.max(1, Math.round(Math.abs(milliseconds) / 1000));
  const { name, size } = units.find((unit) => seconds >= 2 * unit.size) ?? { name: "seconds", size: 1 };
  return `${Math.round(seconds / size)} ${name}`;
};

/** Clocks that differ by less are no reason. */
const tolerated = 5000;

const clockHint = (ahead: number | undefined): string => {
  const sync = 'set the clock right and keep it so: enable chrony or systemd-timesyncd, then "timedatectl" tells';
  if (ahead === undefined) return `compare the clocks of both machines; ${sync}`;
  if (Math.abs(ahead) < tolerated)
    return "the clocks of both machines agree, so the certificate itself is wrong: see it renewed on the control plane";
  return `this machine's clock is ${span(ahead)} ${ahead > 0 ? "behind" : "ahead of"} that of the API server: ${sync} on the one that is wrong`;
};

const oneLine = (name: string): string => name.trim().split("\n").join(", ");

/**
 * Why the certificate of a server is not accepted.
 * @param reason a code of OpenSSL's verification, or of node:tls
 */
export const untrustedTrouble = (reason: unknown, peer: X509Certificate | undefined, { endpoint, trust, ahead }: Judged): Trouble => {
  const where = formatEndpoint(endpoint);
  const now = Date.now();
  const chain = [...(peer ? [peer] : []), ...certificatesIn(trust.ca)];
  const begin = Math.max(...chain.map(({ validFromDate }) => validFromDate.getTime()));
  if (reason === "CERT_NOT_YET_VALID" || (begin > now && reason !== "CERT_HAS_EXPIRED")) {
    return lasting(
      `the certificate of ${where} is not valid yet: it begins at ${new Date(begin).toISOString()}, which is in ${span(begin - now)} by this machine's clock (${new Date(now).toISOString()})`,
      { hint: clockHint(ahead) },
    );
  }
  if (reason === "CERT_HAS_EXPIRED") {
    const end = Math.min(...chain.map(({ validToDate }) => validToDate.getTime()));
    return lasting(
      `the certificate of ${where} has expired ${span(now - end)} ago by this machine's clock (${new Date(now).toISOString()})`,
      {
        hint: clockHint(ahead),
      },
    );
  }
  if (reason === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return lasting(`the certificate of ${where} does not hold the name ${trust.name}, so no kubelet will trust it there`, {
      probably: `it holds ${peer?.subjectAltName ?? "no name at all"}`,
      hint: "add the name to the certificate of the API server (apiServer.certSANs), or correct the server in the ConfigMap kube-public/cluster-info",
    });
  }
  return lasting(`what answers at ${where} does not have a certificate of the cluster's CA: something else ends TLS there`, {
    probably: `a proxy or a load balancer stands between; its certificate is of ${peer === undefined ? "an unknown issuer" : oneLine(peer.issuer)} (${String(reason)})`,
    hint: "name the API server itself, or a load balancer that passes TCP on as it is",
  });
};
