import { fact } from "./fact.ts";
import { sections } from "./text.ts";

/** PEM texts; a file that is not there is absent. */
export interface KubeletCertificatesFact {
  /** With which the kubelet logs in to the API server; it renews it by itself. */
  readonly client?: string;
  /** With which it serves logs and metrics. */
  readonly serving?: string;
}

/** The client file holds the key, too: only what stands between the marks of a certificate is read. */
const show = "sed -n '/BEGIN CERTIFICATE/,/END CERTIFICATE/p'";

export const kubeletCertificates = fact(
  "kubeletCertificates",
  `
cd /var/lib/kubelet/pki || exit 0
echo '@@ client'
${show} kubelet-client-current.pem
echo '@@ serving'
if [ -f kubelet-server-current.pem ]; then ${show} kubelet-server-current.pem; else ${show} kubelet.crt; fi`,
  (output): KubeletCertificatesFact => {
    const parts = sections(output);
    const [client, serving] = ["client", "serving"].map((name) => parts.get(name)?.trim() ?? "");
    return { ...(client && { client }), ...(serving && { serving }) };
  },
);
