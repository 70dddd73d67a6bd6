import type { KubeObject } from "../../changes/change.ts";
import { clusterRoleBinding, serviceAccount } from "../../templates/objects/rbac.ts";
import { serviceAccountObject } from "../../templates/objects/workload.ts";
import { dashboardNamespace, dashboardServer, dashboardUser } from "./names.ts";

/**
 * Who the dashboard is, and who may log in. The server itself has no rights: it passes on the token of whoever looks at it. The namespace takes
 * only pods that need nothing of the host.
 */
export const accessObjects: readonly KubeObject[] = [
  {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: dashboardNamespace, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
  },
  serviceAccountObject({ name: dashboardServer, namespace: dashboardNamespace }),
  serviceAccountObject({ name: dashboardUser, namespace: dashboardNamespace }),
  clusterRoleBinding(`${dashboardNamespace}:${dashboardUser}`, "cluster-admin", [serviceAccount(dashboardNamespace, dashboardUser)]),
];
