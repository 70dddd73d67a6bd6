import { versions } from "./go-recipes.ts";

const namespace = "kube-flannel";
const image = `ghcr.io/flannel-io/flannel:${versions.flannel}`;
const selector = { app: "flannel" };

const network = {
  name: "cbr0",
  cniVersion: "0.3.1",
  plugins: [
    { type: "flannel", delegate: { hairpinMode: true, isDefaultGateway: true } },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
};

const hostPath = (name: string, path: string, type?: string): object => ({
  name,
  hostPath: type === undefined ? { path } : { path, type },
});
const mount = (name: string, mountPath: string): object => ({ name, mountPath });
const field = (name: string, fieldPath: string): object => ({ name, valueFrom: { fieldRef: { fieldPath } } });

const pod = {
  hostNetwork: true,
  priorityClassName: "system-node-critical",
  tolerations: [{ operator: "Exists" }],
  serviceAccountName: "flannel",
  initContainers: [
    {
      name: "install-cni",
      image,
      command: ["cp", "-f", "/etc/kube-flannel/cni-conf.json", "/etc/cni/net.d/10-flannel.conflist"],
      volumeMounts: [mount("cni", "/etc/cni/net.d"), mount("configuration", "/etc/kube-flannel/")],
    },
  ],
  containers: [
    {
      name: "kube-flannel",
      image,
      command: ["/opt/bin/flanneld", "--ip-masq", "--kube-subnet-mgr"],
      resources: { requests: { cpu: "100m", memory: "50Mi" } },
      securityContext: { privileged: false, capabilities: { add: ["NET_ADMIN", "NET_RAW"] } },
      env: [field("POD_NAME", "metadata.name"), field("POD_NAMESPACE", "metadata.namespace")],
      volumeMounts: [
        mount("run", "/run/flannel"),
        mount("configuration", "/etc/kube-flannel/"),
        mount("xtables-lock", "/run/xtables.lock"),
      ],
    },
  ],
  volumes: [
    hostPath("run", "/run/flannel"),
    hostPath("cni", "/etc/cni/net.d", "DirectoryOrCreate"),
    hostPath("xtables-lock", "/run/xtables.lock", "FileOrCreate"),
    { name: "configuration", configMap: { name: "kube-flannel-cfg" } },
  ],
};

/** flannel with VXLAN as its own project lays it out, but for the CNI plugin, which the hosts have already. For `kubectl apply`. */
export const flannelManifest = (podSubnet: string): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "List",
    items: [
      {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: namespace, labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
      },
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "flannel", namespace } },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: { name: "flannel" },
        rules: [
          { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
          { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] },
          { apiGroups: [""], resources: ["nodes/status"], verbs: ["patch"] },
        ],
      },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: { name: "flannel" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "flannel" },
        subjects: [{ kind: "ServiceAccount", name: "flannel", namespace }],
      },
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "kube-flannel-cfg", namespace },
        data: {
          "cni-conf.json": JSON.stringify(network),
          "net-conf.json": JSON.stringify({ Network: podSubnet, Backend: { Type: "vxlan" } }),
        },
      },
      {
        apiVersion: "apps/v1",
        kind: "DaemonSet",
        metadata: { name: "kube-flannel-ds", namespace, labels: selector },
        spec: { selector: { matchLabels: selector }, template: { metadata: { labels: selector }, spec: pod } },
      },
    ],
  });
