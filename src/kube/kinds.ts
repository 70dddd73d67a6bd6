import type { KubeObject } from "../changes/change.ts";
import type { KubeKind, KubeRef } from "./types.ts";

/** How the API calls a kind in its paths. */
export interface Resource {
  readonly plural: string;
  readonly namespaced: boolean;
}

const clusterWide = (plural: string): Resource => ({ plural, namespaced: false });
const namespaced = (plural: string): Resource => ({ plural, namespaced: true });

/** Kinds that every cluster has. Known beforehand, they cost no discovery. */
const builtIn: Readonly<Record<string, Readonly<Record<string, Resource>>>> = {
  v1: {
    ConfigMap: namespaced("configmaps"),
    Endpoints: namespaced("endpoints"),
    Event: namespaced("events"),
    Namespace: clusterWide("namespaces"),
    Node: clusterWide("nodes"),
    Pod: namespaced("pods"),
    Secret: namespaced("secrets"),
    Service: namespaced("services"),
    ServiceAccount: namespaced("serviceaccounts"),
  },
  "apps/v1": { DaemonSet: namespaced("daemonsets"), Deployment: namespaced("deployments"), ReplicaSet: namespaced("replicasets") },
  "batch/v1": { Job: namespaced("jobs") },
  "rbac.authorization.k8s.io/v1": {
    ClusterRole: clusterWide("clusterroles"),
    ClusterRoleBinding: clusterWide("clusterrolebindings"),
    Role: namespaced("roles"),
    RoleBinding: namespaced("rolebindings"),
  },
  "authentication.k8s.io/v1": { TokenReview: clusterWide("tokenreviews") },
  "certificates.k8s.io/v1": { CertificateSigningRequest: clusterWide("certificatesigningrequests") },
  "coordination.k8s.io/v1": { Lease: namespaced("leases") },
  "discovery.k8s.io/v1": { EndpointSlice: namespaced("endpointslices") },
  "networking.k8s.io/v1": { Ingress: namespaced("ingresses"), NetworkPolicy: namespaced("networkpolicies") },
  "policy/v1": { PodDisruptionBudget: namespaced("poddisruptionbudgets") },
  "scheduling.k8s.io/v1": { PriorityClass: clusterWide("priorityclasses") },
  "storage.k8s.io/v1": { StorageClass: clusterWide("storageclasses") },
  "apiregistration.k8s.io/v1": { APIService: clusterWide("apiservices") },
  "apiextensions.k8s.io/v1": { CustomResourceDefinition: clusterWide("customresourcedefinitions") },
};

/** What discovery answers for one API version: meta/v1 APIResourceList. Names with `/` are subresources. */
export interface ApiResourceList {
  readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** The root of an API version: `/api/v1`, `/apis/apps/v1`. */
export const apiRoot = (apiVersion: string): string => (apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`);

/** The resource of a kind which kbs knows by itself. */
export const knownResource = ({ apiVersion, kind }: KubeKind): Resource | undefined => builtIn[apiVersion]?.[kind];

/** The resource of a kind in what discovery answered. */
export const findResource = (list: ApiResourceList, kind: string): Resource | undefined => {
  const found = list.resources?.find((resource) => resource.kind === kind && !resource.name.includes("/"));
  return found && { plural: found.name, namespaced: found.namespaced };
};

/** The path of a collection: of one namespace, or of all where none is named. */
export const collectionPath = (of: KubeKind, resource: Resource): string => {
  const inside = resource.namespaced && of.namespace !== undefined ? `/namespaces/${encodeURIComponent(of.namespace)}` : "";
  return `${apiRoot(of.apiVersion)}${inside}/${resource.plural}`;
};

/** The path of one object. @throws RangeError when a namespaced object has no namespace */
export const objectPath = (ref: KubeRef, resource: Resource): string => {
  if (resource.namespaced && ref.namespace === undefined) throw new RangeError(`${describeRef(ref)} has no namespace`);
  return `${collectionPath(ref, resource)}/${encodeURIComponent(ref.name)}`;
};

export const refOf = ({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): KubeRef => ({
  apiVersion,
  kind,
  name,
  ...(namespace === undefined ? {} : { namespace }),
});

/** "Deployment kube-system/coredns". */
export const describeRef = ({ kind, namespace, name }: KubeRef): string =>
  `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
