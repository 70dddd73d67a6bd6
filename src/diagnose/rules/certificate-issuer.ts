import type { X509Certificate } from "node:crypto";
import { leadsTo } from "../../pki/judge-certificate.ts";
import type { HostEvidence } from "../evidence.ts";
import { containerNamed, few, onEachMember, seenIn } from "../look.ts";
import type { Rule } from "../rule.ts";

const pki = "/etc/kubernetes/pki";
const unknown = /certificate signed by unknown authority/;

/** Which CA's file signs a certificate; undefined for the CAs themselves, and for what signs itself. */
const caOf = (path: string): string | undefined => {
  if (/(?:^|\/)(?:front-proxy-)?ca\.crt$/.test(path) || path.endsWith("/kubelet.crt")) return undefined;
  if (path.startsWith(`${pki}/etcd/`) || path === `${pki}/apiserver-etcd-client.crt`) return `${pki}/etcd/ca.crt`;
  return path === `${pki}/front-proxy-client.crt` ? `${pki}/front-proxy-ca.crt` : `${pki}/ca.crt`;
};

/** Certificates that do not lead to the CA that their readers trust. */
const strays = ({ certificates: { files } }: HostEvidence): readonly string[] =>
  [...files].flatMap(([path, [leaf, ...between]]) => {
    const ca = caOf(path);
    const anchors = ca === undefined ? undefined : files.get(ca);
    if (leaf === undefined || anchors === undefined || leadsTo(anchors, leaf, between)) return [];
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
  find: onEachMember((on) => {
    const wrong = [...strays(on), ...strangers(on)];
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
