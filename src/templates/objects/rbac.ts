import type { KubeObject } from "../../changes/change.ts";

const apiVersion = "rbac.authorization.k8s.io/v1";
const apiGroup = "rbac.authorization.k8s.io";

/** Which every bootstrap token of kubeadm's kind belongs to. */
export const bootstrapGroup = "system:bootstrappers:kubeadm:default-node-token";

export interface Subject {
  readonly kind: "Group" | "User" | "ServiceAccount";
  readonly name: string;
  readonly namespace?: string;
}

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export const group = (name: string): Subject => ({ kind: "Group", name });
export const user = (name: string): Subject => ({ kind: "User", name });
export const serviceAccount = (namespace: string, name: string): Subject => ({ kind: "ServiceAccount", name, namespace });

// The server fills in the API group of users and groups; said here, an applied object reads back as it was written.
const filled = (subject: Subject): unknown => (subject.kind === "ServiceAccount" ? subject : { ...subject, apiGroup });

type Labels = Readonly<Record<string, string>>;
const labelled = (labels: Labels | undefined): { readonly labels?: Labels } => (labels === undefined ? {} : { labels });

export const clusterRole = (name: string, rules: readonly Rule[], labels?: Labels): KubeObject => ({
  apiVersion,
  kind: "ClusterRole",
  metadata: { name, ...labelled(labels) },
  rules,
});

export const clusterRoleBinding = (name: string, role: string, subjects: readonly Subject[], labels?: Labels): KubeObject => ({
  apiVersion,
  kind: "ClusterRoleBinding",
  metadata: { name, ...labelled(labels) },
  roleRef: { apiGroup, kind: "ClusterRole", name: role },
  subjects: subjects.map(filled),
});

/** A Role that may read one object, and its binding of the same name. */
export const readers = (
  role: { readonly namespace: string; readonly name: string },
  { resource, name }: { readonly resource: "configmaps" | "secrets"; readonly name: string },
  subjects: readonly Subject[],
): readonly KubeObject[] => [
  {
    apiVersion,
    kind: "Role",
    metadata: role,
    rules: [{ apiGroups: [""], resources: [resource], resourceNames: [name], verbs: ["get"] }],
  },
  {
    apiVersion,
    kind: "RoleBinding",
    metadata: role,
    roleRef: { apiGroup, kind: "Role", name: role.name },
    subjects: subjects.map(filled),
  },
];

/** A Role that may read one ConfigMap, and its binding. */
export const configMapReaders = (
  role: { readonly namespace: string; readonly name: string },
  configMap: string,
  subjects: readonly Subject[],
): readonly KubeObject[] => readers(role, { resource: "configmaps", name: configMap }, subjects);
