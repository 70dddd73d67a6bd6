import { type Canon, canonicalText } from "./canonical.ts";

/** An object as the API server tells it. */
export interface AnyObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly generateName?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
    readonly managedFields?: readonly { readonly manager: string; readonly operation: string; readonly subresource?: string }[];
    readonly [field: string]: unknown;
  };
  readonly spec?: { readonly nodeName?: string; readonly [field: string]: unknown };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  readonly [field: string]: unknown;
}

/** Kinds that are not compared, with the reason. */
export const excludedKinds: Readonly<Record<string, string>> = {
  Event: "what happened, not what is",
  ComponentStatus: "not stored: asked of the components",
  Endpoints: "made of EndpointSlices",
  EndpointSlice: "addresses of pods",
  CertificateSigningRequest: "requests of kubelets, which the controller manager takes away after an hour",
};

/** Fields that are not compared, with the reason. */
const excludedFields: readonly (readonly [kind: string, path: string, why: string])[] = [
  ["*", "status", "what its controller reports; that all is ready is asked on its own"],
  ["*", "metadata.uid", "random"],
  ["*", "metadata.resourceVersion", "counts every write in the cluster"],
  ["*", "metadata.creationTimestamp", "when it was made"],
  ["*", "metadata.managedFields", "compared as who has a say, without times"],
  ["*", "metadata.ownerReferences", "compared as kind and name"],
  ["ConfigMap", "data.since", "the day on which the first API server began to look for legacy tokens"],
  ["Lease", "spec", "renewed all the time"],
  ["Secret", "data.expiration", "when a bootstrap token ends"],
  ["Node", "spec.podCIDR", "which of the pod network's parts a node gets is the controller manager's choice"],
  ["Node", "spec.podCIDRs", "the same"],
  ["Pod", "spec.nodeName", "the scheduler's choice"],
];

/** Labels and annotations that are not compared, with the reason. */
const excludedMarks: readonly (readonly [RegExp, string])[] = [
  [/^pod-template-hash$|^controller-revision-hash$/, "hash of a template that is compared itself, before the lab's network is replaced"],
  [/^deprecated\.daemonset\.template\.generation$/, "told by metadata.generation"],
  [/^kubernetes\.io\/config\.(?:hash|mirror|seen|source)$/, "the kubelet's hash of a manifest that is compared itself"],
  [/^flannel\.alpha\.coreos\.com\/backend-(?:v6-)?data$/, "the random hardware address of the VXLAN device"],
];

/** Names that end in something random, or in the hash of what is compared itself. */
const canonicalName = ({ kind, metadata: { name, generateName, ownerReferences } }: AnyObject): string => {
  const [owner] = ownerReferences ?? [];
  if (kind === "ReplicaSet" || kind === "ControllerRevision") return `${owner?.name}-*`;
  if (kind === "Pod" && owner?.kind === "ReplicaSet") return `${owner.name.replace(/-[^-]+$/, "")}-*`;
  // What the controller manager publishes of the CA, from 1.37 on.
  if (kind === "ClusterTrustBundle") return name.replace(/:[0-9a-f]{24}$/, ":*");
  return generateName === undefined ? name : `${generateName}*`;
};

const remove = (value: unknown, [head = "", ...rest]: readonly string[]): void => {
  if (typeof value !== "object" || value === null) return;
  if (rest.length === 0) Reflect.deleteProperty(value, head);
  else remove(Reflect.get(value, head), rest);
};

const withoutExcluded = (object: AnyObject): AnyObject => {
  const copy = structuredClone(object);
  for (const [kind, path] of excludedFields) if (kind === "*" || kind === object.kind) remove(copy, path.split("."));
  return copy;
};

const marks = (all: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(all).filter(([name]) => !excludedMarks.some(([pattern]) => pattern.test(name))));

const sorted = (value: unknown, canon: Canon): unknown => {
  if (typeof value === "string") return canonicalText(value, canon).replaceAll(/\bkube-api-access-\w{5}\b/g, "kube-api-access-*");
  if (Array.isArray(value)) return value.map((item) => sorted(item, canon));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner, canon)]),
  );
};

/** Who has a say, by kind, that is not compared, with the reason. */
const excludedManagers: readonly (readonly [kind: string, manager: string, why: string])[] = [
  ["Node", "kbs Update ", "taints are written as a whole, by kbs and by the controller manager: whose they are is told by who came last"],
];

const managers = ({ kind, metadata }: AnyObject): string[] | undefined => {
  if (kind === "Pod") return undefined;
  const names = metadata.managedFields?.map(({ manager, operation, subresource = "" }) => `${manager} ${operation} ${subresource}`) ?? [];
  const isExcluded = (name: string): boolean => excludedManagers.some(([of, manager]) => of === kind && manager === name);
  return [...new Set(names)].filter((name) => !isExcluded(name)).toSorted();
};

/** An object without what two runs cannot have in common. Its name comes first. */
export const canonicalObject = (object: AnyObject, canon: Canon): readonly [string, unknown] => {
  const { metadata } = object;
  const bare = withoutExcluded(object);
  const name = canonicalName(object);
  const whole = {
    ...bare,
    metadata: {
      ...bare.metadata,
      name,
      labels: marks(metadata.labels),
      annotations: marks(metadata.annotations),
      owners: metadata.ownerReferences?.map(
        (owner) =>
          `${owner.kind} ${canonicalName({ ...object, kind: owner.kind, metadata: { name: owner.name, ownerReferences: [{ kind: "", name: owner.name.replace(/-[^-]+$/, "") }] } })}`,
      ),
      managers: managers(object),
    },
  };
  return [`${object.kind} ${metadata.namespace ?? ""}/${name}`, sorted(whole, canon)];
};
