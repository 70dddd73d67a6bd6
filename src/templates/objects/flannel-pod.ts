import type { Cluster } from "../../config/types.ts";
import { cniConfigDirectory } from "../containerd/config.ts";
import { fromField } from "./workload.ts";

const configuration = { name: "flannel-cfg", mountPath: "/etc/kube-flannel/" };

const installCni = (image: string): unknown => ({
  name: "install-cni",
  image,
  imagePullPolicy: "IfNotPresent",
  command: ["cp"],
  args: ["-f", "/etc/kube-flannel/cni-conf.json", `${cniConfigDirectory}/10-flannel.conflist`],
  volumeMounts: [{ name: "cni", mountPath: cniConfigDirectory }, configuration],
});

/**
 * flanneld takes the interface of the default route unless it is told one. An address names the interface that carries it and becomes the
 * node's end of the tunnels: the address of the node, which the kubelet was given.
 */
const flanneld = (image: string, { flannel }: Cluster["network"]): unknown => ({
  name: "kube-flannel",
  image,
  imagePullPolicy: "IfNotPresent",
  command: ["/opt/bin/flanneld"],
  args: ["--ip-masq", "--kube-subnet-mgr", `--iface=${flannel.interface ?? "$(NODE_IP)"}`],
  env: [
    fromField("POD_NAME", "metadata.name"),
    fromField("POD_NAMESPACE", "metadata.namespace"),
    fromField("NODE_IP", "status.hostIP"),
    { name: "EVENT_QUEUE_DEPTH", value: "5000" },
    { name: "CONT_WHEN_CACHE_NOT_READY", value: "false" },
  ],
  resources: { requests: { cpu: "100m", memory: "50Mi" } },
  securityContext: { privileged: false, capabilities: { add: ["NET_ADMIN", "NET_RAW"] } },
  volumeMounts: [{ name: "run", mountPath: "/run/flannel" }, configuration, { name: "xtables-lock", mountPath: "/run/xtables.lock" }],
});

const onLinux = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/os", operator: "In", values: ["linux"] }] }],
    },
  },
};

/** The pod of flannel, which also runs on nodes that are not ready: they are not because it has not run yet. */
export const flannelPod = ({ network }: Pick<Cluster, "network">, image: string): unknown => ({
  affinity: onLinux,
  hostNetwork: true,
  priorityClassName: "system-node-critical",
  serviceAccountName: "flannel",
  tolerations: [{ operator: "Exists", effect: "NoSchedule" }],
  initContainers: [installCni(image)],
  containers: [flanneld(image, network)],
  volumes: [
    { name: "run", hostPath: { path: "/run/flannel", type: "DirectoryOrCreate" } },
    { name: "cni", hostPath: { path: cniConfigDirectory, type: "DirectoryOrCreate" } },
    { name: "flannel-cfg", configMap: { name: "kube-flannel-cfg" } },
    { name: "xtables-lock", hostPath: { path: "/run/xtables.lock", type: "FileOrCreate" } },
  ],
});
