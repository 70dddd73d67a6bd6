import { parseDuration } from "../../shared/duration.ts";
import { addressFamily } from "../../shared/ip.ts";
import { isWildcardName, looksLikeAddress } from "../../shared/names.ts";
import { type Finding, show } from "../problems.ts";
import type { Path } from "../schema.ts";
import { addressHint } from "./addresses.ts";
import { type Rule, when } from "./rule.ts";

const kubernetes = ["spec", "kubernetes"] as const;

const judgePeriod = (path: Path, text: string | undefined): Finding[] => {
  if (text === undefined) return [];
  const seconds = parseDuration(text);
  if (seconds === undefined) {
    const days = /^(\d+)\s*(?:d|days?)$/.exec(text)?.[1];
    const hint = days === undefined ? "write hours, minutes, seconds: 8760h, say" : `there are no days: write ${Number(days) * 24}h`;
    return [{ path, message: `${show(text)} is not a duration`, hint }];
  }
  return when(seconds < 3600, { path, message: `${show(text)} is too short for a certificate`, hint: "at least 1h" });
};

export const validityPeriods: Rule = ({ file, cluster }) => {
  const written = file.spec?.kubernetes;
  const { leaf, ca } = cluster.kubernetes.certificateValidity;
  return [
    ...judgePeriod([...kubernetes, "certificateValidityPeriod"], written?.certificateValidityPeriod),
    ...judgePeriod([...kubernetes, "caCertificateValidityPeriod"], written?.caCertificateValidityPeriod),
    ...when(leaf > ca && ca > 0, {
      path: [...kubernetes, written?.certificateValidityPeriod === undefined ? "caCertificateValidityPeriod" : "certificateValidityPeriod"],
      severity: "warning",
      message: "certificates would outlive the authority that signs them",
    }),
  ];
};

/** Names and addresses that a certificate may be for. */
export const judgeNames = (path: Path, names: readonly string[] | undefined): Finding[] =>
  (names ?? []).flatMap((name, index) => {
    const right = addressFamily(name) !== undefined || (isWildcardName(name.toLowerCase()) && !looksLikeAddress(name));
    return when(!right, {
      path: [...path, index],
      message: `${show(name)} is not an IP address, a DNS name or a wildcard such as *.example.com`,
      hint: addressHint(name),
    });
  });

export const alternativeNames: Rule = ({ file }) => [
  ...judgeNames([...kubernetes, "apiServer", "certSANs"], file.spec?.kubernetes?.apiServer?.certSANs),
  ...judgeNames(["spec", "etcd", "serverCertSANs"], file.spec?.etcd?.serverCertSANs),
  ...judgeNames(["spec", "etcd", "peerCertSANs"], file.spec?.etcd?.peerCertSANs),
];
