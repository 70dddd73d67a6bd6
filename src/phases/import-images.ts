import { imagesFor } from "../supply/images.ts";
import type { ClusterPhase, Context } from "./context.ts";
import { controlPlanes, everyHost, hostNamed } from "./context.ts";

/** What only a control plane runs, and the sandbox without which nothing does: imported first, since the API server waits for it. */
const controlPlaneImages = ({ images, cluster }: Context): string[] => [
  images.pause,
  ...(cluster.etcd.mode === "stacked" ? [images.etcd] : []),
  images["kube-apiserver"],
  images["kube-controller-manager"],
  images["kube-scheduler"],
];

const nodeImages = (context: Context, host: string): string[] => {
  const { roles } = hostNamed(context, host);
  const first = roles.includes("control-plane") ? new Set(controlPlaneImages(context)) : new Set<string>();
  return imagesFor(roles, context.cluster).filter((image) => !first.has(image));
};

/** Needs: containerd. Gives: the images of the control plane's static pods. */
export const importControlPlaneImages: ClusterPhase = {
  id: "import-control-plane-images",
  title: "Import the control plane's images",
  hosts: controlPlanes,
  needs: [{ phase: "install-containerd", on: "here" }],
  early: true,
  lane: "images",
  wish: (context, host) => [context.software(host).images("control-plane", controlPlaneImages(context))],
};

/** Needs: containerd. Gives: the images that every node runs: kube-proxy, the pod network, DNS. */
export const importNodeImages: ClusterPhase = {
  id: "import-node-images",
  title: "Import the nodes' images",
  hosts: everyHost,
  needs: [
    { phase: "install-containerd", on: "here" },
    { phase: "import-control-plane-images", on: "here" },
    { phase: "install-cni", on: "here" },
  ],
  early: true,
  lane: "images",
  wish: (context, host) => [context.software(host).images("node", nodeImages(context, host))],
};
