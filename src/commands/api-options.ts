import { UserError } from "../shared/errors.ts";
import type { Values } from "./command.ts";
import { text } from "./options.ts";
import { readOptions } from "./shared-options.ts";

const { limit: _limit, concurrency: _concurrency, output: _output, ...rest } = readOptions;

/** Where kubeadm looks, too. */
const adminConf = "/etc/kubernetes/admin.conf";

/** Of commands that ask the API: that of this machine, or with -f that of a configuration's cluster. */
export const apiOptions = {
  ...rest,
  file: text("Work on this configuration's cluster, over SSH through its first control plane; - is standard input", {
    alias: "f",
    placeholder: "FILE",
    complete: "file",
  }),
  kubeconfig: text(`Without -f: log in to the API by this kubeconfig (default: ${adminConf})`, { placeholder: "FILE", complete: "file" }),
};

/** What a session takes of these. */
export const apiSession = (values: Values<typeof apiOptions>) =>
  ({ values: { ...values, limit: [], concurrency: 1, output: "text" }, needsNoFile: values.file === undefined }) as const;

/** What an action takes of these. @throws UserError when two clusters are named */
export const apiPlace = ({ file, kubeconfig }: Values<typeof apiOptions>): { readonly kubeconfig?: string } => {
  if (file === undefined) return { kubeconfig: kubeconfig ?? adminConf };
  if (kubeconfig === undefined) return {};
  throw new UserError("-f and --kubeconfig name two clusters", { hint: "give one of them: a configuration, or a kubeconfig" });
};
