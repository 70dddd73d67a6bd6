import type { X509Certificate } from "node:crypto";
import { fact } from "../../facts/fact.ts";
import { sections } from "../../facts/text.ts";
import { certificatesIn } from "../../pki/pem.ts";

/** What can be told of a host's certificates without any key. */
export interface CertificatesEvidence {
  /** Absolute path to the certificates in that file, the leaf first. A kubeconfig stands for the client certificate in it. */
  readonly files: ReadonlyMap<string, readonly X509Certificate[]>;
  /** Path of a kubeconfig to the CA it trusts and the server it goes to. */
  readonly kubeconfigs: ReadonlyMap<string, { readonly ca: readonly X509Certificate[]; readonly server?: string }>;
}

/** Only what stands between the marks of a certificate leaves the host, and of kubeconfigs only what is public. */
const script = `
show() { echo "@@ $1"; sed -n '/BEGIN CERTIFICATE/,/END CERTIFICATE/p' "$1" | head -c 20000; echo; }
for path in /etc/kubernetes/pki/*.crt /etc/kubernetes/pki/etcd/*.crt; do [ -f "$path" ] && show "$path"; done
for path in /var/lib/kubelet/pki/kubelet-client-current.pem /var/lib/kubelet/pki/kubelet.crt; do [ -f "$path" ] && show "$path"; done
for name in admin super-admin kubelet bootstrap-kubelet controller-manager scheduler; do
  path=/etc/kubernetes/$name.conf
  [ -f "$path" ] || continue
  echo "@@ $path"
  grep -E '^ *(server|certificate-authority-data|client-certificate-data):' "$path"
done`;

const field = (text: string, name: string): string | undefined => new RegExp(`${name}: *"?([^"\\s]+)`).exec(text)?.[1];
const embedded = (text: string, name: string): readonly X509Certificate[] =>
  certificatesIn(Buffer.from(field(text, name) ?? "", "base64").toString());

export const certificates = fact(
  "certificates",
  script,
  (output): CertificatesEvidence => {
    const parts = [...sections(output)];
    const confs = parts.filter(([path]) => path.endsWith(".conf"));
    const kubeconfigs = confs.map(([path, text]) => {
      const server = field(text, "server");
      return [path, { ca: embedded(text, "certificate-authority-data"), ...(server !== undefined && { server }) }] as const;
    });
    const files = parts.map(([path, text]) => {
      return [path, path.endsWith(".conf") ? embedded(text, "client-certificate-data") : certificatesIn(text)] as const;
    });
    return { files: new Map(files.filter(([, found]) => found.length > 0)), kubeconfigs: new Map(kubeconfigs) };
  },
  { secret: true },
);
