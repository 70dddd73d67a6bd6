import type { Checked, HostCertificates } from "../../actions/certs/check.ts";
import type { CertificateEnd } from "../../actions/certs/ends.ts";
import type { ServedCertificate } from "../../actions/certs/served.ts";
import { toYaml } from "../../templates/yaml.ts";
import { aligned, dayText, longDuration, timeText } from "../go-text.ts";

/** kubeadm pads its last column. */
const yesNo = (value: boolean): string => (value ? "yes" : "no").padEnd(8);

const left = (expires: Date, now: Date): number => expires.getTime() - now.getTime();

/** @param columns how many the table has */
const row = ({ name, missing, expires, ca, externallyManaged }: CertificateEnd, columns: number, now: Date): readonly string[] => {
  if (expires === undefined) return [`${missing ? "!MISSING!" : "!UNREADABLE!"} ${name}`, ...Array.from({ length: columns - 1 }, () => "")];
  return [name, dayText(expires), longDuration(left(expires, now)), ...(ca === undefined ? [] : [ca]), yesNo(externallyManaged)];
};

const servedRow = ({ component, address, expires, signedBy = "", loaded }: ServedCertificate, now: Date): readonly string[] => [
  component,
  address,
  ...(expires === undefined ? ["!SILENT!", ""] : [dayText(expires), longDuration(left(expires, now))]),
  signedBy,
  loaded === undefined ? "-" : loaded ? "yes" : "NO",
];

const hostText = ({ certificates, authorities, served }: HostCertificates, now: Date): readonly string[] => [
  ...aligned([
    ["CERTIFICATE", "EXPIRES", "RESIDUAL TIME", "CERTIFICATE AUTHORITY", "EXTERNALLY MANAGED"],
    ...certificates.map((end) => row(end, 5, now)),
  ]),
  "",
  ...aligned([["CERTIFICATE AUTHORITY", "EXPIRES", "RESIDUAL TIME", "EXTERNALLY MANAGED"], ...authorities.map((end) => row(end, 4, now))]),
  "",
  ...aligned([
    ["SERVED BY", "ADDRESS", "EXPIRES", "RESIDUAL TIME", "SIGNED BY", "AS ITS FILE"],
    ...served.map((one) => servedRow(one, now)),
  ]),
];

const endDocument = ({ name, missing, expires, ca, externallyManaged, problem }: CertificateEnd, now: Date) => ({
  name,
  expirationDate: expires === undefined ? null : timeText(expires),
  residualTime: expires === undefined ? 0 : Math.trunc(left(expires, now) / 1000),
  externallyManaged,
  ...(ca !== undefined && !missing && { caName: ca }),
  missing,
  ...(problem !== undefined && { problem }),
});

const servedDocument = ({ expires, ...served }: ServedCertificate, now: Date) => ({
  ...served,
  ...(expires !== undefined && { expirationDate: timeText(expires), residualTime: Math.trunc(left(expires, now) / 1000) }),
});

const hostDocument = ({ certificates, authorities, served }: HostCertificates, now: Date) => ({
  certificates: certificates.map((end) => endDocument(end, now)),
  certificateAuthorities: authorities.map((end) => endDocument(end, now)),
  served: served.map((one) => servedDocument(one, now)),
});

export interface TextOptions {
  readonly output: "text" | "json" | "yaml";
  /** It is about this machine, not about the hosts of a configuration. */
  readonly here: boolean;
  readonly now: Date;
}

/** kubeadm's two tables and what is served, for each host; or its document (output.kubeadm.k8s.io/v1alpha3) and what is served. Ends with a newline. */
export const certificatesText = ({ hosts }: Checked, { output, here, now }: TextOptions): string => {
  const [only] = hosts;
  if (output === "text") {
    const named = (one: HostCertificates): readonly string[] => [...(here ? [] : [`${one.host}:`]), ...hostText(one, now)];
    return hosts
      .map((one) =>
        named(one)
          .map((line) => `${line}\n`)
          .join(""),
      )
      .join("\n");
  }
  const document =
    here && only
      ? { kind: "CertificateExpirationInfo", apiVersion: "output.kubeadm.k8s.io/v1alpha3", ...hostDocument(only, now) }
      : { schema: "kbs/certificates/v1", hosts: hosts.map((one) => ({ host: one.host, ...hostDocument(one, now) })) };
  return output === "yaml" ? toYaml(document) : `${JSON.stringify(document, null, 4)}\n`;
};
