import { defineCommand } from "../command.ts";
import { choice, text } from "../options.ts";

export const configImages = defineCommand({
  path: ["config", "images"],
  summary: "List the images that a machine of a cluster needs",
  description: "Those of kubeadm, in its order; --network flannel adds the pod network's.",
  options: {
    config: text("A configuration of kubeadm's or kbs's own; - is standard input", { placeholder: "FILE", complete: "file" }),
    "kubernetes-version": text("Version of Kubernetes, such as v1.36.3", { placeholder: "VERSION" }),
    "image-repository": text("Repository of the images (default: registry.k8s.io)", { placeholder: "REPOSITORY" }),
    network: choice("Whose images are listed, too", ["none", "flannel"]),
    role: choice("What the machine is", ["control-plane", "worker"]),
    output: choice("A line each, or kubeadm's JSON document", ["text", "json"], { alias: "o" }),
  },
  place: { name: "verb", summary: "What to do", choices: ["list"] },
  examples: [
    ["kbs config images list", "of the version that kbs makes by default"],
    ["kbs config images list --config kubeadm.yaml -o json", "what that file asks for"],
    ["kbs config images list --role worker --network flannel", "what a worker needs"],
  ],
  exits: [],
  run: async (values, { io }) => {
    const { listImages } = await import("./image-list.ts");
    const { config, network, role, output } = values;
    const images = await listImages({
      network,
      role,
      config,
      version: values["kubernetes-version"],
      repository: values["image-repository"],
      io,
    });
    const document = { kind: "Images", apiVersion: "output.kubeadm.k8s.io/v1alpha3", images };
    io.stdout.write(output === "json" ? `${JSON.stringify(document, null, 4)}\n` : `${images.join("\n")}\n`);
    return "done";
  },
});
