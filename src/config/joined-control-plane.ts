import { UserError } from "../shared/errors.ts";
import type { ClusterTexts } from "./joined-cluster.ts";
import type { WrittenTaint } from "./kubeadm/file-types.ts";
import { clusterFromKubeadm, readKubeadmText } from "./kubeadm/index.ts";
import type { Cluster } from "./types.ts";

/** The machine that is to be one more control plane. */
export interface JoiningControlPlane {
  readonly name: string;
  /** At which its API server and its etcd are reached. */
  readonly address: string;
  /** Of its API server. Default: 6443. */
  readonly bindPort?: number | undefined;
  /** Undefined: that of control planes; empty: none. */
  readonly taints?: readonly WrittenTaint[] | undefined;
}

/** How messages call the ConfigMap's document. */
const source = "kubeadm-config";

/**
 * A cluster that exists, as far as one more control plane must know it: that of a worker, and how its control planes and its etcd are run.
 * @param worker the cluster as a worker on this machine sees it
 * @throws ConfigError for what kbs has no room for, by its field; UserError where there is no address for several control planes
 */
export const joinedControlPlane = (worker: Cluster, texts: ClusterTexts, host: JoiningControlPlane): Cluster => {
  const file = readKubeadmText({ name: source, text: texts.clusterConfiguration, openToOthers: false });
  const { ClusterConfiguration: stored = {} } = file.documents;
  if (!stored.controlPlaneEndpoint) {
    throw new UserError("the cluster has no lasting address for several control planes: its kubeadm-config names no controlPlaneEndpoint", {
      exit: "preflight",
      hint: "a cluster gets one when it is made: kbs init --control-plane-endpoint HOST",
    });
  }
  const { name, address, bindPort, taints } = host;
  const documents = {
    ClusterConfiguration: stored,
    InitConfiguration: {
      localAPIEndpoint: { advertiseAddress: address, ...(bindPort !== undefined && { bindPort }) },
      nodeRegistration: { name, ...(taints && { taints }) },
    },
  };
  const { cluster } = clusterFromKubeadm({ ...file, documents }, { name, address }, { network: "flannel" });
  const { apiServer, controllerManager, scheduler, encryptionAlgorithm, certificateValidity, certificatesDir } = cluster.kubernetes;
  return {
    ...worker,
    hosts: cluster.hosts,
    controlPlaneEndpoint: cluster.controlPlaneEndpoint,
    kubernetes: {
      ...worker.kubernetes,
      apiServer,
      controllerManager,
      scheduler,
      encryptionAlgorithm,
      certificateValidity,
      ...(certificatesDir !== undefined && { certificatesDir }),
    },
    etcd: cluster.etcd,
    // Where etcd and DNS come from, if from elsewhere.
    supply: { ...worker.supply, ...(cluster.supply.images && { images: cluster.supply.images }) },
  };
};
