import { isAddress } from "../../pki/ip.ts";
import { missingName } from "../../pki/judge-certificate.ts";
import { few, isControlPlane, onEachMember, seenIn } from "../look.ts";
import { ownCertificates } from "../own-certificates.ts";
import type { Rule } from "../rule.ts";

const mismatch =
  /x509: certificate is (?:valid for|not valid for any names)|cannot validate certificate for .* because it doesn't contain any IP SANs/;

const presented = new Set(["/etc/kubernetes/pki/apiserver.crt", "/etc/kubernetes/pki/etcd/server.crt"]);

/** What clients call the servers of a control plane. */
const wanted = (path: string, address: string, endpoint: string): readonly string[] =>
  path.endsWith("/apiserver.crt") ? ["kubernetes", "kubernetes.default.svc", address, endpoint] : ["localhost", address];

export const certificateName: Rule = {
  id: "certificate-name-missing",
  question: "Does a server's certificate lack a name by which its clients call it?",
  find: onEachMember((on, { cluster }) => {
    const said = seenIn(on.kubeletLog, mismatch, on);
    const servers = isControlPlane(on) ? ownCertificates(on, cluster).filter(({ path }) => presented.has(path)) : [];
    for (const { path, leaf } of servers) {
      const names = wanted(path, on.host.internalAddress, cluster.controlPlaneEndpoint.host);
      const missing = missingName(leaf, { dns: names.filter((name) => !isAddress(name)), ips: names.filter(isAddress) });
      if (missing === undefined) continue;
      return {
        cause: `the certificate ${path} does not speak for ${missing}: whoever connects by that name refuses it`,
        remedy: "run the create again: it makes the certificate anew with every name that the file asks for",
        certainty: "certain",
        seen: few([`${path} speaks for ${leaf.subjectAltName ?? "nothing"}`, ...said]),
      };
    }
    if (said.length === 0) return undefined;
    return {
      cause: "the kubelet refuses the API server's certificate, which lacks the name or address by which it calls",
      remedy: "add that name to spec.kubernetes.apiServer.certSANs, and run the create again",
      certainty: "likely",
      seen: few(said),
    };
  }),
};
