import type { Change } from "../changes/change.ts";
import { imagesFor } from "../supply/images.ts";
import type { ClusterPhase, Context } from "./context.ts";
import { controlPlanes, hostNamed, nodes } from "./context.ts";

/** What the API server needs to serve, and the sandbox without which nothing runs: imported first, since all others wait for it. */
const apiServerImages = ({ images, cluster }: Context): string[] => [
  images.pause,
  ...(cluster.etcd.mode === "stacked" ? [images.etcd] : []),
  images["kube-apiserver"],
];

const controllerImages = ({ images }: Context): string[] => [images["kube-controller-manager"], images["kube-scheduler"]];

const nodeImages = (context: Context, host: string): string[] => {
  const { roles } = hostNamed(context, host);
  const first = new Set(roles.includes("control-plane") ? [...apiServerImages(context), ...controllerImages(context)] : []);
  return imagesFor(roles, context.cluster).filter((image) => !first.has(image));
};

/** Those that the host lacks. The image of sandboxes goes by the name that its containerd has for it. */
const lacking = ({ software, provision, images }: Context, host: string, group: string, names: readonly string[]): Change[] => {
  const { images: needed, containerd } = provision(host);
  const wanted = names.map((name) => (name === images.pause ? (containerd?.sandboxImage ?? name) : name));
  const missing = wanted.filter((name) => needed.includes(name));
  return missing.length === 0 ? [] : [software(host).images(group, missing)];
};

/** Needs: containerd. Gives: the images of the API server and of etcd. */
export const importApiServerImages: ClusterPhase = {
  id: "import-api-server-images",
  title: "Import the API server's images",
  hosts: controlPlanes,
  needs: [{ phase: "install-containerd", on: "here" }],
  early: true,
  lane: "images",
  wish: (context, host) => lacking(context, host, "api-server", apiServerImages(context)),
};

/**
 * Needs: an API server that starts, which has the processors to itself until then; a control plane that joins fills the time until etcd takes it.
 * Gives: the images of the controller manager and the scheduler.
 */
export const importControllerImages: ClusterPhase = {
  id: "import-controller-images",
  title: "Import the controllers' images",
  hosts: controlPlanes,
  needs: [
    { phase: "import-api-server-images", on: "here" },
    { phase: "start-api-server", on: "here" },
  ],
  early: true,
  lane: "images",
  wish: (context, host) => lacking(context, host, "controllers", controllerImages(context)),
};

/** The same where the controllers start in the API server's message. */
export const importControllerImagesFirst: ClusterPhase = {
  ...importControllerImages,
  needs: [{ phase: "import-api-server-images", on: "here" }],
};

/** Needs: containerd. Gives: the images that every node runs: kube-proxy, the pod network, DNS. */
export const importNodeImages: ClusterPhase = {
  id: "import-node-images",
  title: "Import the nodes' images",
  hosts: nodes,
  needs: [
    { phase: "install-containerd", on: "here" },
    { phase: "import-controller-images", on: "here" },
    { phase: "install-cni", on: "here" },
  ],
  early: true,
  lane: "images",
  wish: (context, host) => lacking(context, host, "node", nodeImages(context, host)),
};
