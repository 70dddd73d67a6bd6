import { UserError } from "../../shared/errors.ts";
import { apiOptions, apiSession } from "../api-options.ts";
import { defineCommand } from "../command.ts";
import { onOff } from "../options.ts";
import { withSession } from "../session.ts";
import { certificateKeyOption } from "../token/wish.ts";
import { secretPlaces } from "../typed-secret.ts";

const path = ["init", "phase"] as const;
const { file: _file, ...options } = apiOptions;

export const initPhase = defineCommand({
  path,
  summary: "Do one phase of kbs init on this machine, by kubeadm's name of it",
  description:
    "upload-certs: uploads what control planes share, sealed, for two hours, and prints the key by which a further control plane reads it. Works on a control " +
    "plane of kbs's or of kubeadm's.",
  options: {
    ...options,
    "upload-certs": onOff("Yes, upload them: without it nothing is done, as in kubeadm"),
    "certificate-key": certificateKeyOption(`The key that seals what is uploaded (default: a new one); ${secretPlaces}`),
    "skip-certificate-key-print": onOff("Do not print that key"),
  },
  place: { name: "phase", summary: "the phase", choices: ["upload-certs"] },
  examples: [["sudo kbs init phase upload-certs --upload-certs", "on a control plane, before another joins"]],
  exits: ["preflight", "unreachable", "phase"],
  run: async (values, context) => {
    if (!values["upload-certs"]) throw new UserError("nothing is uploaded without --upload-certs", { hint: "add it, as for kubeadm" });
    const { certificateKey, kubeconfig } = {
      certificateKey: values["certificate-key"],
      kubeconfig: values.kubeconfig ?? "/etc/kubernetes/admin.conf",
    };
    const session = { kind: "read", path, context, ...apiSession({ ...values, file: undefined }) } as const;
    return await withSession(session, async ({ options: fleet, answer }) => {
      const { uploadCerts } = await import("../../actions/upload-certs.ts");
      const isRoot = process.getuid?.() === 0;
      const done = await uploadCerts({ ...fleet, kubeconfig, isRoot, ...(certificateKey !== undefined && { certificateKey }) });
      if (!values["skip-certificate-key-print"]) answer(`${done.certificateKey}\n`);
      return done.outcome;
    });
  },
});
