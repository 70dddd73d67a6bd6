import type { X509Certificate } from "node:crypto";
import type { Cluster } from "../../config/types.ts";
import { leadsTo } from "../../pki/judge-certificate.ts";
import type { HostEvidence } from "../evidence.ts";
import { containerNamed, few, onEachMember, seenIn } from "../look.ts";
import { ownCertificates } from "../own-certificates.ts";
import type { Rule } from "../rule.ts";

const pki = "/etc/kubernetes/pki";
const unknown = /certificate signed by unknown authority/;

/** Certificates that do not lead to the CA that their readers trust. */
const strays = (on: HostEvidence, cluster: Cluster): readonly string[] =>
  ownCertificates(on, cluster).flatMap(({ path, leaf, between, ca }) => {
    const anchors = ca === undefined ? undefined : on.certificates.files.get(ca);
    if (anchors === undefined || leadsTo(anchors, leaf, between)) return [];
    return [`${path} was signed by ${issuerOf(leaf)}, but not by the key of ${ca}`];
  });

const issuerOf = ({ issuer }: X509Certificate): string => issuer.replaceAll("\n", ", ");

/** Kubeconfigs that trust another CA than the host's. */
const strangers = ({ certificates: { files, kubeconfigs } }: HostEvidence): readonly string[] => {
  const here = new Set((files.get(`${pki}/ca.crt`) ?? []).map(({ fingerprint256 }) => fingerprint256));
  return [...kubeconfigs].flatMap(([path, { ca }]) =>
    here.size > 0 && ca.length > 0 && !ca.some(({ fingerprint256 }) => here.has(fingerprint256))
      ? [`${path} trusts another CA than ${pki}/ca.crt`]
      : [],
  );
};

export const certificateIssuer: Rule = {
  id: "certificate-wrong-ca",
  question: "Was a certificate signed by another CA than the one its readers trust?",
  find: onEachMember((on, { cluster }) => {
    const wrong = [...strays(on, cluster), ...strangers(on)];
    const apiserver = containerNamed(on, "kube-apiserver");
    const said = [...seenIn(on.kubeletLog, unknown, on), ...(apiserver ? seenIn(apiserver.log, unknown, on) : [])];
    const [first] = wrong;
    if (first === undefined) return undefined;
    return {
      cause: `${first}${wrong.length === 1 ? "" : `, and ${wrong.length - 1} more`}`,
      remedy:
        "put back the CA that the cluster began with, from another control plane or a backup; or remove the stray file and run the create again, which makes it anew",
      certainty: "certain",
      seen: few([...wrong, ...said]),
    };
  }),
};
