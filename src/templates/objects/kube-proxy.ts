import type { KubeObject } from "../../changes/change.ts";
import { isControlPlane } from "../../config/roles.ts";
import type { Cluster } from "../../config/types.ts";
import { deltasOf } from "../../config/versions.ts";
import { addressFamily } from "../../shared/ip.ts";
import { mergeDeep } from "../merge.ts";
import { patched } from "../patches/index.ts";
import { hostPort } from "../static-pods/etcd-urls.ts";
import { byName } from "../static-pods/volumes.ts";
import { toYaml, toYamlInOrder } from "../yaml.ts";
import { kubeProxyZeros } from "../zero-values.ts";
import { componentConfigMap } from "./component-config.ts";
import { bootstrapGroup, clusterRoleBinding, configMapReaders, group, serviceAccount } from "./rbac.ts";
import { daemonSet, fromField, serviceAccountObject } from "./workload.ts";

const place = { name: "kube-proxy", namespace: "kube-system" };
const directory = "/var/lib/kube-proxy";
const token = "/var/run/secrets/kubernetes.io/serviceaccount";

/** kube-proxy cannot reach the API server by its Service, which it is there to make; it uses the control-plane endpoint. In the order of kubeadm's text. */
const kubeconfig = ({ controlPlaneEndpoint: { host, port } }: Cluster): unknown => ({
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ cluster: { "certificate-authority": `${token}/ca.crt`, server: `https://${hostPort(host, port)}` }, name: "default" }],
  contexts: [{ context: { cluster: "default", namespace: "default", user: "default" }, name: "default" }],
  "current-context": "default",
  users: [{ name: "default", user: { tokenFile: `${token}/token` } }],
});

const advertised = ({ hosts }: Cluster): string => hosts.find(isControlPlane)?.internalAddress ?? "";

const configuration = (cluster: Cluster): unknown => {
  const { podSubnet, proxyMode, version, kubeProxy } = cluster.kubernetes;
  const said = proxyMode !== "iptables" || deltasOf(version).proxyModeWritten;
  const defaults = {
    bindAddress: addressFamily(advertised(cluster)) === 6 ? "::" : "0.0.0.0",
    clientConnection: { kubeconfig: `${directory}/kubeconfig.conf` },
    clusterCIDR: podSubnet,
    ...(said ? { mode: proxyMode } : {}),
  };
  return {
    ...mergeDeep(mergeDeep(kubeProxyZeros, defaults), kubeProxy),
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
  };
};

/** kubeadm would renew a generated configuration with the default mode, so another mode counts as the user's. */
const isGenerated = ({ kubernetes }: Cluster): boolean =>
  kubernetes.proxyMode === "iptables" && Object.keys(kubernetes.kubeProxy).length === 0;

/** kubeadm sorts those of a proxy behind its own one. */
const environment = ({ proxyVariables = [] }: Cluster): unknown => [fromField("NODE_NAME", "spec.nodeName"), ...byName(proxyVariables)];

const container = (cluster: Cluster, image: string): unknown => ({
  name: "kube-proxy",
  image,
  imagePullPolicy: "IfNotPresent",
  command: ["/usr/local/bin/kube-proxy", `--config=${directory}/config.conf`, "--hostname-override=$(NODE_NAME)"],
  env: environment(cluster),
  securityContext: { privileged: true },
  volumeMounts: [
    { name: "kube-proxy", mountPath: directory },
    { name: "xtables-lock", mountPath: "/run/xtables.lock" },
    { name: "lib-modules", mountPath: "/lib/modules", readOnly: true },
  ],
});

const pod = (cluster: Cluster, image: string): unknown => ({
  priorityClassName: "system-node-critical",
  hostNetwork: true,
  serviceAccountName: "kube-proxy",
  nodeSelector: { "kubernetes.io/os": "linux" },
  tolerations: [{ operator: "Exists" }],
  containers: [container(cluster, image)],
  volumes: [
    { name: "kube-proxy", configMap: { name: "kube-proxy" } },
    // Shared with every other program of the host that changes iptables.
    { name: "xtables-lock", hostPath: { path: "/run/xtables.lock", type: "FileOrCreate" } },
    { name: "lib-modules", hostPath: { path: "/lib/modules" } },
  ],
});

/** kube-proxy on every node; nothing where the pod network takes its place. */
export const kubeProxyObjects = (cluster: Cluster, { image }: { readonly image: string }): readonly KubeObject[] => {
  if (cluster.kubernetes.proxyMode === "none") return [];
  const selector = { "k8s-app": "kube-proxy" };
  const daemons = daemonSet({ metadata: { ...place, labels: selector }, selector, podSpec: pod(cluster, image) });
  return [
    componentConfigMap({
      name: "kube-proxy",
      labels: { app: "kube-proxy" },
      // Both without the last line's end, as kubeadm stores them.
      data: { "config.conf": toYaml(configuration(cluster)).trimEnd(), "kubeconfig.conf": toYamlInOrder(kubeconfig(cluster)).trimEnd() },
      generated: isGenerated(cluster),
    }),
    deltasOf(cluster.kubernetes.version).proxyPatches ? patched(cluster, "kubeproxydaemonset", daemons) : daemons,
    serviceAccountObject(place),
    clusterRoleBinding("kubeadm:node-proxier", "system:node-proxier", [serviceAccount("kube-system", "kube-proxy")]),
    ...configMapReaders(place, "kube-proxy", [group(bootstrapGroup)]),
  ];
};
