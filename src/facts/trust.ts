import { fact } from "./fact.ts";
import { lines } from "./text.ts";

/** Folders in which distributions keep the CA certificates they trust, beside /etc/ssl/certs; kubeadm mounts those that exist into the control plane's pods. */
const folders = [
  "/etc/pki/ca-trust",
  "/etc/pki/tls/certs",
  "/etc/ca-certificates",
  "/usr/share/ca-certificates",
  "/usr/local/share/ca-certificates",
];

/** Those of the folders that exist on the host. */
export const trust = fact(
  "trust",
  `for path in ${folders.join(" ")}; do [ -d "$path" ] && echo "$path"; done`,
  (output): readonly string[] => lines(output).filter((path) => folders.includes(path)),
);
