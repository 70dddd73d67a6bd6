import { isRoot } from "../../shared/is-root.ts";
import { defineCommand } from "../command.ts";
import { choice, text } from "../options.ts";
import { withSession } from "../session.ts";
import { readOptions } from "../shared-options.ts";

const path = ["certs", "check-expiration"] as const;

export const checkExpiration = defineCommand({
  path,
  summary: "Show when certificates end, on disk and as components really present them",
  description:
    "Without -f, those of this machine. The last table tells what answers on each port: a component that has not loaded its renewed file is named " +
    "there. Ends with 5 when a certificate has expired or is not loaded, or a component is silent.",
  options: {
    ...readOptions,
    file: text("Ask every control plane of this configuration, over SSH; - is standard input", {
      alias: "f",
      placeholder: "FILE",
      complete: "file",
    }),
    "cert-dir": text("Where certificates and keys are (default: /etc/kubernetes/pki)", { placeholder: "FOLDER", complete: "file" }),
    output: choice("Tables, or a document as kubeadm's with what is served beside", ["text", "json", "yaml"], { alias: "o" }),
  },
  examples: [
    ["sudo kbs certs check-expiration", "on a control plane"],
    ["kbs certs check-expiration -f kbs.yaml -o json", "of a fleet, for a program"],
  ],
  exits: ["preflight", "unreachable", "phase"],
  run: (values, context) => {
    const here = values.file === undefined && values.limit.length === 0;
    const session = { kind: "read", path, context, values: { ...values, output: "text" }, needsNoFile: here } as const;
    return withSession(session, async ({ options, answer }) => {
      const action = await import("../../actions/certs/check.ts");
      const { certificatesText } = await import("./check-text.ts");
      const found = await action.checkExpiration({ ...options, here, isRoot: isRoot(), folder: values["cert-dir"] });
      const text = certificatesText(found, { output: values.output, here, now: new Date() });
      answer(text, found.problems.map((sentence) => `problem: ${sentence}\n`).join(""));
      return found.outcome;
    });
  },
});
