import type { Change } from "../changes/change.ts";
import { imagesFor } from "../supply/images.ts";
import { joiningControlPlanes } from "./common/etcd.ts";
import type { ClusterPhase, Context } from "./context.ts";
import { controlPlanes, hostNamed, nodes } from "./context.ts";

/** What etcd needs, and the sandbox without which nothing runs. */
const etcdImages = ({ images, cluster }: Context): string[] => [images.pause, ...(cluster.etcd.mode === "stacked" ? [images.etcd] : [])];

/** What the API server needs to serve: imported first, since all others wait for it. */
const apiServerImages = (context: Context): string[] => [...etcdImages(context), context.images["kube-apiserver"]];

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

/** Needs: containerd. Gives: the image of etcd, on a control plane that joins it: etcd takes one after another, so each is to be ready soon. */
export const importEtcdImages: ClusterPhase = {
  id: "import-etcd-images",
  title: "Import etcd's images",
  hosts: joiningControlPlanes,
  needs: [{ phase: "install-containerd", on: "here" }],
  early: true,
  lane: "images",
  wish: (context, host) => lacking(context, host, "etcd", etcdImages(context)),
};

/** Needs: containerd. Gives: the images of the API server and of etcd. */
export const importApiServerImages: ClusterPhase = {
  id: "import-api-server-images",
  title: "Import the API server's images",
  hosts: controlPlanes,
  needs: [
    { phase: "install-containerd", on: "here" },
    { phase: "import-etcd-images", on: "here" },
  ],
  early: true,
  lane: "images",
  wish: (context, host) => {
    const joins = joiningControlPlanes(context).includes(host);
    return lacking(context, host, "api-server", joins ? [context.images["kube-apiserver"]] : apiServerImages(context));
  },
};

/**
 * Needs: an API server that starts, which has the processors to itself until then, or on a control plane that joins its place in etcd: so the
 * content for both comes before all other.
 * Gives: the images of the controller manager and the scheduler.
 */
export const importControllerImages: ClusterPhase = {
  id: "import-controller-images",
  title: "Import the controllers' images",
  hosts: controlPlanes,
  needs: [
    { phase: "import-api-server-images", on: "here" },
    { phase: "start-api-server", on: "here" },
    { phase: "join-etcd", on: "here" },
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
