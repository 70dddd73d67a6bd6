import type { Cluster, ComponentExtras, HostMount, ImageSource, Variable } from "../types.ts";
import { type Component, type Documents, type EnvVar, type HostPathMount, type ImageMeta, wholeArgs } from "./file-types.ts";
import { goSeconds } from "./go-duration.ts";
import { certificatesDir } from "./static-defaults.ts";

const mountOf = ({ name = "", hostPath = "", mountPath = "", readOnly = false, pathType = "" }: HostPathMount): HostMount => ({
  name,
  hostPath,
  mountPath,
  readOnly,
  pathType,
});

const variableOf = ({ name = "", value, valueFrom }: EnvVar): Variable => ({
  name,
  ...(value !== undefined && { value }),
  ...(valueFrom !== undefined && { valueFrom }),
});

const extrasOf = ({ extraVolumes = [], extraEnvs = [] }: Pick<Component, "extraVolumes" | "extraEnvs"> = {}): ComponentExtras => ({
  ...(extraVolumes.length > 0 && { extraVolumes: extraVolumes.map(mountOf) }),
  ...(extraEnvs.length > 0 && { extraEnvs: extraEnvs.map(variableOf) }),
});

const sourceOf = ({ imageRepository: repository, imageTag: tag }: ImageMeta = {}): ImageSource => ({
  ...(repository && { repository }),
  ...(tag && { tag }),
});

const imagesOf = ({ dns, etcd: { local } = {} }: NonNullable<Documents["ClusterConfiguration"]>): Pick<Cluster["supply"], "images"> => {
  const [etcd, coredns] = [sourceOf(local), sourceOf(dns)];
  const [hasEtcd, hasDns] = [etcd, coredns].map((source) => Object.keys(source).length > 0);
  return hasEtcd || hasDns ? { images: { ...(hasEtcd && { etcd }), ...(hasDns && { coredns }) } } : {};
};

const withinOf = (text = ""): Pick<Cluster, "controlPlaneWithin"> => (text === "" ? {} : { controlPlaneWithin: goSeconds(text) });

/** kubeadm, too, adds the scheme where it is missing. */
export const endpointOf = (socket = ""): Pick<Cluster["runtime"], "endpoint"> =>
  socket === "" ? {} : { endpoint: socket.startsWith("/") ? `unix://${socket}` : socket };

/** kubeadm's own folder is what is there where nothing is said. */
const folderOf = (folder = ""): Pick<Cluster["kubernetes"], "certificatesDir"> =>
  folder === "" || folder === certificatesDir ? {} : { certificatesDir: folder };

/** What kubeadm's files say of components and of the kubelet, and kbs's own do not. */
export const withExtras = (cluster: Cluster, { InitConfiguration: init, ClusterConfiguration: wished = {} }: Documents): Cluster => {
  const { apiServer, controllerManager, scheduler } = cluster.kubernetes;
  const kubeletExtraArgs = wholeArgs(init?.nodeRegistration?.kubeletExtraArgs);
  return {
    ...cluster,
    hosts: cluster.hosts.map((host) => (kubeletExtraArgs.length > 0 ? { ...host, kubeletExtraArgs } : host)),
    kubernetes: {
      ...cluster.kubernetes,
      apiServer: { ...apiServer, ...extrasOf(wished.apiServer) },
      controllerManager: { ...controllerManager, ...extrasOf(wished.controllerManager) },
      scheduler: { ...scheduler, ...extrasOf(wished.scheduler) },
      ...(wished.dns?.disabled === true && { dnsDisabled: true }),
      ...folderOf(wished.certificatesDir),
    },
    ...withinOf(init?.timeouts?.controlPlaneComponentHealthCheck),
    runtime: { ...cluster.runtime, ...endpointOf(init?.nodeRegistration?.criSocket) },
    etcd: { ...cluster.etcd, ...extrasOf(wished.etcd?.local) },
    supply: { ...cluster.supply, ...imagesOf(wished) },
  };
};
