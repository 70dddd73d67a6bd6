import type { KubeObject } from "../../changes/change.ts";
import { type TokenUsage, tokenUsages } from "../token-usages.ts";
import { toYaml } from "../yaml.ts";
import { bootstrapGroup, clusterRole, clusterRoleBinding, configMapReaders, group, user } from "./rbac.ts";

/** The group of admin.conf. Applied with super-admin.conf: without it admin.conf may do nothing. */
export const clusterAdminsBinding: KubeObject = clusterRoleBinding("kubeadm:cluster-admins", "cluster-admin", [
  group("kubeadm:cluster-admins"),
]);

const signing = "system:certificates.k8s.io:certificatesigningrequests";

/** What machines with a bootstrap token, nodes that renew their certificate, and the API server as a client of kubelets may do. */
export const nodeBootstrapObjects: readonly KubeObject[] = [
  clusterRole("kubeadm:get-nodes", [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }]),
  clusterRoleBinding("kubeadm:get-nodes", "kubeadm:get-nodes", [group(bootstrapGroup)]),
  clusterRoleBinding("kubeadm:kubelet-bootstrap", "system:node-bootstrapper", [group(bootstrapGroup)]),
  clusterRoleBinding("kubeadm:node-autoapprove-bootstrap", `${signing}:nodeclient`, [group(bootstrapGroup)]),
  clusterRoleBinding("kubeadm:node-autoapprove-certificate-rotation", `${signing}:selfnodeclient`, [group("system:nodes")]),
  clusterRoleBinding("kubeadm:apiserver-kubelet-client", "system:kubelet-api-admin", [user("kube-apiserver-kubelet-client")]),
];

export interface BootstrapToken {
  /** Six characters. */
  readonly id: string;
  /** Sixteen characters. */
  readonly secret: string;
  /** Absent: never. */
  readonly expires?: Date;
  readonly description?: string;
  /** What it may be used for. Default: both. */
  readonly usages?: readonly TokenUsage[];
  /** Groups that whoever shows it is in. Default: that of joining nodes. */
  readonly groups?: readonly string[];
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const rfc3339 = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, "Z");

/** The Secret behind a token with which nodes may join and which signs cluster-info. Its values are secret. */
export const bootstrapTokenSecret = (token: BootstrapToken): KubeObject => {
  const { id, secret, expires, description, usages = tokenUsages, groups = [bootstrapGroup] } = token;
  const data = {
    "token-id": id,
    "token-secret": secret,
    ...(expires === undefined ? {} : { expiration: rfc3339(expires) }),
    ...(description === undefined ? {} : { description }),
    ...(groups.length === 0 ? {} : { "auth-extra-groups": groups.join(",") }),
    ...Object.fromEntries(usages.map((usage) => [`usage-bootstrap-${usage}`, "true"])),
  };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `bootstrap-token-${id}`, namespace: "kube-system" },
    type: "bootstrap.kubernetes.io/token",
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)])),
  };
};

/** The text under `kubeconfig` in cluster-info: a cluster without a name, no user. Tokens sign exactly these bytes. */
const clusterInfoKubeconfig = ({ server, ca }: { readonly server: string; readonly ca: string }): string =>
  toYaml({
    apiVersion: "v1",
    clusters: [{ cluster: { "certificate-authority-data": base64(ca), server }, name: "" }],
    contexts: null,
    "current-context": "",
    kind: "Config",
    users: null,
  });

/**
 * ConfigMap cluster-info, which anyone may read. Its keys `jws-kubeconfig-<token id>` are the controller manager's: server-side apply leaves
 * them alone, a replacement would take them away.
 * @param ca the certificate authority, in PEM
 */
export const clusterInfoObjects = (cluster: { readonly server: string; readonly ca: string }): readonly KubeObject[] => [
  {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "cluster-info", namespace: "kube-public" },
    data: { kubeconfig: clusterInfoKubeconfig(cluster) },
  },
  ...configMapReaders({ namespace: "kube-public", name: "kubeadm:bootstrap-signer-clusterinfo" }, "cluster-info", [
    user("system:anonymous"),
  ]),
];
