import { isRoot } from "../../shared/is-root.ts";
import { type Context, defineCommand, type Values } from "../command.ts";
import { machineSession } from "../machine-session.ts";
import { choice, duration, text } from "../options.ts";
import { withSession } from "../session.ts";
import { fleetOptions, supplyOptions } from "../shared-options.ts";

const path = ["config", "images"] as const;

const options = {
  config: text("A configuration of kubeadm's or kbs's own; - is standard input", { placeholder: "FILE", complete: "file" }),
  "kubernetes-version": text("Version of Kubernetes, such as v1.36.3", { placeholder: "VERSION" }),
  "image-repository": text("Repository of the images (default: registry.k8s.io)", { placeholder: "REPOSITORY" }),
  network: choice("Whose images are meant, too", ["none", "flannel"]),
  role: choice("What the machine is", ["control-plane", "worker"]),
  output: choice("A line each, or a JSON document: of list kubeadm's", ["text", "json"], { alias: "o" }),
  bundle: supplyOptions.bundle,
  timeout: duration("Of pull: give up after this time", "30m"),
  "log-file": fleetOptions["log-file"],
};

type ImageValues = Values<typeof options>;

const listed = async ({ network, role, config, ...values }: ImageValues, { io }: Context) => {
  const { listImages } = await import("./image-list.ts");
  const [version, repository] = [values["kubernetes-version"], values["image-repository"]];
  return await listImages({ network, role, config, version, repository, io });
};

const pull = async (values: ImageValues, context: Context) => {
  const { version, images: names } = await listed(values, context);
  const { values: quiet } = machineSession(path, { ...values, output: "text" as const, yes: false }, context);
  return await withSession({ kind: "read", path, context, needsNoFile: true, values: quiet }, async ({ options: fleet, answer }) => {
    const { pullImages } = await import("../../actions/pull-images.ts");
    const { pulledText } = await import("./pulled-text.ts");
    const { outcome, ...pulled } = await pullImages({ ...fleet, names, version, isRoot: isRoot() });
    answer(values.output === "json" ? `${JSON.stringify(pulled, null, 2)}\n` : pulledText(pulled));
    return outcome;
  });
};

export const configImages = defineCommand({
  path,
  summary: "List the images that a machine of a cluster needs, or bring them to this machine",
  description:
    "Those of kubeadm, in its order; --network flannel adds the pod network's. pull, as root: what containerd lacks comes from the bundle, and what no bundle has, or where there is " +
    "none, containerd fetches from its registry; of each image it is said what became of it.",
  options,
  place: { name: "verb", summary: "What to do", choices: ["list", "pull"] },
  examples: [
    ["kbs config images list", "of the version that kbs makes by default"],
    ["kbs config images list --config kubeadm.yaml -o json", "what that file asks for"],
    ["kbs config images list --role worker --network flannel", "what a worker needs"],
    ["sudo kbs config images pull --config kubeadm.yaml", "before an init, on a machine that packages have prepared"],
  ],
  exits: ["preflight", "unreachable", "phase", "locked"],
  run: async (values, context) => {
    if (context.word === "pull") return await pull(values, context);
    const { images } = await listed(values, context);
    const document = { kind: "Images", apiVersion: "output.kubeadm.k8s.io/v1alpha3", images };
    context.io.stdout.write(values.output === "json" ? `${JSON.stringify(document, null, 4)}\n` : `${images.join("\n")}\n`);
    return "done";
  },
});
