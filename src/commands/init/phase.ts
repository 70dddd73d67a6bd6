import { initNames } from "../../actions/kubeadm-names.ts";
import { UserError } from "../../shared/errors.ts";
import { isRoot } from "../../shared/is-root.ts";
import { apiSession } from "../api-options.ts";
import { type Context, defineCommand, type Values } from "../command.ts";
import { machineSession } from "../machine-session.ts";
import { text } from "../options.ts";
import { withSession } from "../session.ts";
import { type InitValues, initOptions, initOptionsOf } from "./run.ts";

const path = ["init", "phase"] as const;

const { "dry-run": _dryRun, "skip-phases": _skipPhases, ...rest } = initOptions;
const options = {
  ...rest,
  kubeconfig: text("Of upload-certs: log in to the API by this kubeconfig (default: /etc/kubernetes/admin.conf)", {
    placeholder: "FILE",
    complete: "file",
  }),
};

type PhaseValues = Values<typeof options>;

/** As those of a whole init, of which a phase leaves nothing out. */
const wholeOf = (values: PhaseValues): InitValues => ({ ...values, "dry-run": false, "skip-phases": [] });

/** Works on kubeadm's control planes, too: it takes the files as they are. */
const uploadCerts = async (values: PhaseValues, context: Context) => {
  if (!values["upload-certs"]) throw new UserError("nothing is uploaded without --upload-certs", { hint: "add it, as for kubeadm" });
  const certificateKey = values["certificate-key"];
  const kubeconfig = values.kubeconfig ?? "/etc/kubernetes/admin.conf";
  const { values: quiet } = apiSession({ ...machineSession(path, wholeOf(values), context).values, kubeconfig });
  return await withSession({ kind: "read", path, context, needsNoFile: true, values: quiet }, async ({ options: fleet, answer }) => {
    const { uploadCerts: upload, folderOf } = await import("../../actions/upload-certs.ts");
    const folder = await folderOf({ folder: values["cert-dir"], config: values.config });
    const done = await upload({ ...fleet, kubeconfig, isRoot: isRoot(), folder, ...(certificateKey !== undefined && { certificateKey }) });
    if (!values["skip-certificate-key-print"]) answer(`${done.certificateKey}\n`);
    return done.outcome;
  });
};

export const initPhase = defineCommand({
  path,
  summary: "Do one phase of kbs init on this machine, by kubeadm's name of it",
  description:
    "With the flags or the file of the init. certs, kubeconfig, etcd local, control-plane, kubelet-start and kubelet-finalize write files on any machine, and " +
    "kubelet-start brings a kubelet where none is; certs all, an edit, and then kbs init: the init goes on from what is there. What talks to the API wants a control " +
    "plane that kbs has made. preflight only asks. upload-certs prints the key to what it uploads, also on a control plane of kubeadm's. " +
    `The phases: ${initNames.join(", ")}. Words may stand for slashes, and all for a whole group.`,
  options,
  place: { name: "phase", summary: "kubeadm's name of it, as one word or two", complete: initNames, many: true },
  examples: [
    ["sudo kbs init phase certs all", "keys and certificates, before an init"],
    ["sudo kbs init phase control-plane apiserver", "one manifest"],
    ["sudo kbs init phase upload-certs --upload-certs", "on a control plane, before another joins"],
    ["sudo kbs init phase show-join-command", "the line for another machine, with a token that lives"],
    ["sudo kbs init phase addon coredns", "DNS again, after somebody has deleted it"],
  ],
  exits: ["preflight", "unreachable", "phase", "locked"],
  run: async (values, context) => {
    const { initPhaseOf } = await import("../../actions/init/phases.ts");
    const phase = initPhaseOf(context.words);
    if (phase.name === "upload-certs") return await uploadCerts(values, context);
    let ending = "";
    const session = { ...machineSession(path, wholeOf(values), context), kind: "run", unchanged: "it is as it was asked for" } as const;
    const exit = await withSession(session, async ({ options: fleet }) => {
      const { runInitPhase } = await import("../../actions/init/phase.ts");
      const { endingText } = await import("./ending.ts");
      const { outcome, joining } = await runInitPhase(phase, initOptionsOf(wholeOf(values), fleet, context.io));
      const shows = { showsToken: !values["skip-token-print"], showsKey: !values["skip-certificate-key-print"] };
      if (joining && values.output === "text") ending = endingText(joining, shows);
      return outcome;
    });
    context.io.stdout.write(ending);
    return exit;
  },
});
