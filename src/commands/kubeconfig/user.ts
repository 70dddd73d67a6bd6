import { UserError } from "../../shared/errors.ts";
import { parseGoDuration } from "../../shared/go-duration.ts";
import { secrets } from "../../shared/secrets.ts";
import { defineCommand, type Option } from "../command.ts";
import { list, text } from "../options.ts";
import { withSession } from "../session.ts";
import { readOptions } from "../shared-options.ts";
import { secretPlaces, typedSecret } from "../typed-secret.ts";

const path = ["kubeconfig", "user"] as const;
const { limit: _limit, concurrency: _concurrency, output: _output, ...rest } = readOptions;

/** A duration as Go reads it; its value is in milliseconds. */
const validity: Option<number> = {
  kind: "value",
  summary: "How long the client certificate is good, as 8h or 720h0m0s (default: 8760h, a year)",
  placeholder: "DURATION",
  read: (typed = "8760h", name) => {
    const life = parseGoDuration(typed);
    if (life !== undefined && life > 0 && life < 2 ** 63 / 1e6) return life;
    throw new UserError(`--${name} ${JSON.stringify(typed)} is not a period`, { hint: "write one such as 8h, 720h or 8760h0m0s" });
  },
};

const token: Option<string | undefined> = {
  kind: "value",
  summary: `A token that the API knows the user by, instead of a client certificate; ${secretPlaces}`,
  placeholder: "TOKEN",
  read: (typed, name) => (typed === undefined ? undefined : secrets.add(typedSecret(typed, `--${name}`))),
};

/** @throws UserError when nobody is named, or two are */
const readName = (word: string, flag: string | undefined): string => {
  if (word !== "" && flag !== undefined && word !== flag)
    throw new UserError(`${word} and --client-name ${flag} are two users`, { hint: "give one of them" });
  const name = flag ?? word;
  if (name !== "") return name;
  throw new UserError("whose kubeconfig it is to be was not said", { hint: "kbs kubeconfig user NAME, or kubeadm's --client-name NAME" });
};

export const kubeconfigUser = defineCommand({
  path,
  summary: "Print a kubeconfig for a further user, whose certificate the cluster's CA signs now",
  description:
    "Without -f, of the cluster of this machine, which must be a control plane with the CA's key. It holds the user's key: it is printed once, and kept nowhere. " +
    "What the user may do is for RoleBindings to say, by the name or a group. A client certificate cannot be taken back before it ends.",
  options: {
    ...rest,
    file: text("For this configuration's cluster, over SSH from its first control plane; - is standard input", {
      alias: "f",
      placeholder: "FILE",
      complete: "file",
    }),
    config: text("Without -f: kubeadm's file of the cluster, for its name, endpoint, folder of certificates and kind of key", {
      placeholder: "FILE",
      complete: "file",
    }),
    "cert-dir": text("Without -f: where the CA is (default: /etc/kubernetes/pki, or what --config says)", {
      placeholder: "FOLDER",
      complete: "file",
    }),
    "client-name": text("The user's name, as kubeadm takes it", { placeholder: "NAME" }),
    org: list("Groups that the user is in", { placeholder: "GROUP,…" }),
    "validity-period": validity,
    token,
  },
  place: { name: "name", summary: "the user's name", fallback: "" },
  examples: [
    ["sudo kbs kubeconfig user jane --org dev --validity-period 720h", "on a control plane, for a month"],
    ["kbs kubeconfig user jane -f kbs.yaml", "of a fleet, from anywhere"],
  ],
  exits: ["preflight", "unreachable", "phase"],
  run: async (values, context) => {
    const { file, config, org: groups } = values;
    const name = readName(context.word, values["client-name"]);
    if (file !== undefined && config !== undefined)
      throw new UserError("-f and --config name two clusters", {
        hint: "give one of them: kbs's configuration, or kubeadm's for this machine",
      });
    const user = values.token === undefined ? { name, groups, lifeMs: values["validity-period"] } : { name, token: values.token };
    const session = { ...values, limit: [], concurrency: 1, output: "text" } as const;
    return await withSession(
      { kind: "read", path, context, values: session, needsNoFile: file === undefined },
      async ({ options, answer }) => {
        const action = await import("../../actions/kubeconfig/user.ts");
        const here = file === undefined;
        const {
          outcome,
          text: kubeconfig,
          warnings,
        } = await action.makeUserKubeconfig({
          ...options,
          here,
          user,
          folder: values["cert-dir"],
          ...(config !== undefined && { config }),
        });
        answer(kubeconfig, warnings.map((sentence) => `warning: ${sentence}\n`).join(""));
        return outcome;
      },
    );
  },
});
