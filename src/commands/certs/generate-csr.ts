import { kubernetesDirectory, pki } from "../../templates/paths.ts";
import { defineCommand } from "../command.ts";
import { choice, text } from "../options.ts";
import { withSession } from "../session.ts";
import { readOptions } from "../shared-options.ts";

const path = ["certs", "generate-csr"] as const;
const { concurrency: _concurrency, "accept-new-host-keys": _acceptNewHostKeys, ...options } = readOptions;

export const generateCsr = defineCommand({
  path,
  summary: "Write keys and signing requests for a CA that is kept elsewhere",
  description:
    "For this machine with kubeadm's defaults, or with -f by the names and key type of a configuration, for its first control plane or the one that " +
    "--limit names. Files are written on this machine: NAME.key beside NAME.csr, kubeconfigs without a certificate beside their requests. " +
    "Save what the CA signs as NAME.crt, or in the kubeconfig. Nothing that is there is written over.",
  options: {
    ...options,
    file: text("Take names and key type from this configuration; - is standard input", {
      alias: "f",
      placeholder: "FILE",
      complete: "file",
    }),
    "cert-dir": text(`Where keys and requests go (default: ${pki})`, { placeholder: "FOLDER", complete: "file" }),
    "kubeconfig-dir": text(`Where kubeconfigs and their requests go (default: ${kubernetesDirectory})`, {
      placeholder: "FOLDER",
      complete: "file",
    }),
    output: choice("The paths of what was written, or one JSON document", ["text", "json"], { alias: "o" }),
  },
  examples: [
    ["kbs certs generate-csr --cert-dir pki --kubeconfig-dir .", "for this machine, into folders of its own"],
    ["kbs certs generate-csr -f kbs.yaml --limit cp2", "for a host of a configuration, into the usual folders"],
  ],
  exits: ["preflight", "phase"],
  run: (values, context) => {
    const here = values.file === undefined && values.limit.length === 0;
    const session = { ...values, concurrency: 1, "accept-new-host-keys": false };
    return withSession({ kind: "read", path, context, values: session, needsNoFile: here }, async ({ options: fleet, answer }) => {
      const action = await import("../../actions/certs/generate-csr.ts");
      const { outcome, host, written } = await action.generateRequests({
        ...fleet,
        here,
        certificatesFolder: values["cert-dir"] ?? pki,
        kubeconfigsFolder: values["kubeconfig-dir"] ?? kubernetesDirectory,
      });
      answer(values.output === "json" ? `${JSON.stringify({ host, written }, null, 2)}\n` : written.map((file) => `${file}\n`).join(""));
      return outcome;
    });
  },
});
