import { renewableNames } from "../../pki/renewable-names.ts";
import { UserError } from "../../shared/errors.ts";
import { isRoot } from "../../shared/is-root.ts";
import { nearest } from "../../shared/nearest.ts";
import { defineCommand } from "../command.ts";
import { text } from "../options.ts";
import { withSession } from "../session.ts";
import { runOptions } from "../shared-options.ts";

const path = ["certs", "renew"] as const;
const names: readonly string[] = ["all", ...renewableNames];
const { "keep-going": _keepGoing, yes: _yes, ...options } = runOptions;

const refuseUnknown = (word: string): void => {
  if (names.includes(word)) return;
  const meant = nearest(word, names);
  throw new UserError(`kbs certs renew knows no certificate ${JSON.stringify(word)}`, {
    hint: meant === undefined ? `it takes ${names.join(", ")}` : `did you mean ${meant}?`,
  });
};

export const renewCerts = defineCommand({
  path,
  summary: "Renew certificates of control planes, and have their components load them",
  description:
    "Without -f, those of this machine. By the CA on disk, whatever their end: names, usages and the kind of key stay. Each component whose " +
    "certificates were renewed is started anew, one after another and one control plane after another, and must be well and present its new " +
    "certificate before the next. CAs and the kubelet's own certificate are not renewed by this.",
  options: {
    ...options,
    file: text("Renew on the control planes of this configuration, over SSH; - is standard input", {
      alias: "f",
      placeholder: "FILE",
      complete: "file",
    }),
    "cert-dir": text("Where certificates and keys are (default: /etc/kubernetes/pki)", { placeholder: "FOLDER", complete: "file" }),
  },
  place: { name: "name", summary: "a certificate as kbs certs check-expiration calls it, or all", complete: names },
  examples: [
    ["sudo kbs certs renew all", "on a control plane"],
    ["kbs certs renew apiserver -f kbs.yaml", "one of each control plane of a fleet"],
  ],
  exits: ["preflight", "unreachable", "phase", "locked"],
  run: (values, context) => {
    refuseUnknown(context.word);
    const here = values.file === undefined && values.limit.length === 0;
    const session = { kind: "run", path, context, values, needsNoFile: here, unchanged: "nothing could be renewed" } as const;
    return withSession(session, async ({ options: fleet }) => {
      const action = await import("../../actions/certs/renew.ts");
      return await action.renewCertificates({
        ...fleet,
        here,
        isRoot: isRoot(),
        name: context.word,
        folder: values["cert-dir"],
      });
    });
  },
});
