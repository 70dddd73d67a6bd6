import type { Cluster } from "../../config/types.ts";
import { familiesOf } from "../../shared/ip.ts";
import { cniConfigDirectory } from "../containerd/config.ts";
import { fromField } from "./workload.ts";

type FlannelCluster = Pick<Cluster, "network" | "controlPlaneEndpoint" | "kubernetes">;

const configuration = { name: "flannel-cfg", mountPath: "/etc/kube-flannel/" };

export const flannelCniPath = `${cniConfigDirectory}/10-flannel.conflist`;

/**
 * The node counts as ready for pods once a CNI configuration is there, but the plugin fails until flanneld has its subnet, and the kubelet
 * tries such a pod again only after some ten seconds. So the configuration is put in place when it works, not before.
 */
const installCni = {
  postStart: {
    exec: {
      command: [
        "sh",
        "-c",
        `until [ -s /run/flannel/subnet.env ]; do sleep 0.1; done; cp /etc/kube-flannel/cni-conf.json ${cniConfigDirectory}/.kbs-flannel~ && mv ${cniConfigDirectory}/.kbs-flannel~ ${flannelCniPath}`,
      ],
    },
  },
};

const isDual = ({ kubernetes }: FlannelCluster): boolean => familiesOf(kubernetes.podSubnet).length > 1;

const program = "/opt/bin/flanneld";
const common = ["--ip-masq", "--kube-subnet-mgr"];

/**
 * With two families flanneld finds the interface by the address of IPv4 alone, and would take whatever address of IPv6 the interface has first; the API has
 * both in one variable. A node without one of IPv6 leaves that to flanneld.
 */
const byBothAddresses = `IFS=,; for ip in $NODE_IPS; do case $ip in *:*) six=$ip ;; *) four=$ip ;; esac; done; exec ${program} ${common.join(" ")} --iface=$four --public-ipv6=$six`;

/**
 * flanneld takes the interface of the default route unless it is told one. An address names the interface that carries it and becomes the
 * node's end of the tunnels: the address of the node, which the kubelet was given.
 */
const started = (cluster: FlannelCluster) => {
  const { interface: device } = cluster.network.flannel;
  if (device === undefined && isDual(cluster)) return { command: ["sh", "-c", byBothAddresses] };
  return { command: [program], args: [...common, `--iface=${device ?? "$(NODE_IP)"}`] };
};

const flanneld = (image: string, cluster: FlannelCluster): unknown => ({
  name: "kube-flannel",
  image,
  imagePullPolicy: "IfNotPresent",
  ...started(cluster),
  env: [
    fromField("POD_NAME", "metadata.name"),
    fromField("POD_NAMESPACE", "metadata.namespace"),
    fromField("NODE_IP", "status.hostIP"),
    ...(isDual(cluster) ? [fromField("NODE_IPS", "status.hostIPs")] : []),
    // The pod network must not wait for kube-proxy, which serves the address that pods find otherwise.
    { name: "KUBERNETES_SERVICE_HOST", value: cluster.controlPlaneEndpoint.host },
    { name: "KUBERNETES_SERVICE_PORT", value: String(cluster.controlPlaneEndpoint.port) },
    { name: "EVENT_QUEUE_DEPTH", value: "5000" },
    { name: "CONT_WHEN_CACHE_NOT_READY", value: "false" },
  ],
  resources: { requests: { cpu: "100m", memory: "50Mi" } },
  securityContext: { privileged: false, capabilities: { add: ["NET_ADMIN", "NET_RAW"] } },
  lifecycle: installCni,
  volumeMounts: [
    { name: "run", mountPath: "/run/flannel" },
    { name: "cni", mountPath: cniConfigDirectory },
    configuration,
    { name: "xtables-lock", mountPath: "/run/xtables.lock" },
  ],
});

const onLinux = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/os", operator: "In", values: ["linux"] }] }],
    },
  },
};

/** The pod of flannel, which also runs on nodes that are not ready: they are not because it has not run yet. */
export const flannelPod = (cluster: FlannelCluster, image: string): unknown => ({
  affinity: onLinux,
  hostNetwork: true,
  priorityClassName: "system-node-critical",
  serviceAccountName: "flannel",
  tolerations: [{ operator: "Exists", effect: "NoSchedule" }],
  containers: [flanneld(image, cluster)],
  volumes: [
    { name: "run", hostPath: { path: "/run/flannel", type: "DirectoryOrCreate" } },
    { name: "cni", hostPath: { path: cniConfigDirectory, type: "DirectoryOrCreate" } },
    { name: "flannel-cfg", configMap: { name: "kube-flannel-cfg" } },
    { name: "xtables-lock", hostPath: { path: "/run/xtables.lock", type: "FileOrCreate" } },
  ],
});
