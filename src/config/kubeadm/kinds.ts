import { nearest } from "../../shared/nearest.ts";
import { didYouMean, type Finding, oneOf, show } from "../problems.ts";
import type { SchemaNode } from "../schema-node.ts";
import { type ShapeJudge, shapeJudge } from "../shape.ts";
import type { Kind } from "./file-types.ts";
import { kubeletSchema, kubeProxySchema } from "./schema-components.ts";
import { type KubeadmVersion, kubeadmSchemas } from "./schema-kubeadm.ts";

const group = "kubeadm.k8s.io";
const current = `${group}/v1beta4`;

/** Every kind that is read, with the apiVersion it is read in. */
export const apiVersions: Readonly<Record<Kind, string>> = {
  InitConfiguration: current,
  ClusterConfiguration: current,
  JoinConfiguration: current,
  ResetConfiguration: current,
  UpgradeConfiguration: current,
  KubeletConfiguration: "kubelet.config.k8s.io/v1beta1",
  KubeProxyConfiguration: "kubeproxy.config.k8s.io/v1alpha1",
};

export const isKind = (word: unknown): word is Kind => typeof word === "string" && Object.hasOwn(apiVersions, word);

const kinds = Object.keys(apiVersions);

/** The last kubeadm that writes a newer format out of each old one. */
const migrators: Readonly<Record<string, string>> = {
  v1alpha1: "v1.11",
  v1alpha2: "v1.12",
  v1alpha3: "v1.14",
  v1beta1: "v1.15",
  v1beta2: "v1.22",
};

/** Whose documents a group holds: kubeadm's, or a component's. */
export const isKubeadmGroup = (apiVersion: unknown): apiVersion is string =>
  typeof apiVersion === "string" && /^(?:kubeadm|kubelet\.config|kubeproxy\.config)\.k8s\.io(?:\/|$)/.test(apiVersion);

/** Formats of kubeadm's that are not the current one. */
const judgeOther = (version: string, kind: unknown, mayBeOld: boolean): Finding | undefined => {
  const path = ["apiVersion"];
  const migrator = migrators[version];
  if (migrator !== undefined) {
    const message = `kubeadm.k8s.io/${version} is too old to be read`;
    return { path, message, hint: `kubeadm ${migrator} reads it: \`kubeadm config migrate\` writes a newer format` };
  }
  if (version === "v1") {
    const message = "kubeadm.k8s.io/v1 is an experiment of kubeadm 1.37, which makes no cluster of it";
    return { path, message, hint: `write ${current}, and no mergeMethod of arguments` };
  }
  if (version !== "v1beta3") return undefined;
  if (!["InitConfiguration", "ClusterConfiguration", "JoinConfiguration"].some((known) => known === kind))
    return { path: ["kind"], message: `kubeadm.k8s.io/v1beta3 has no kind ${show(kind)}` };
  if (mayBeOld) return undefined;
  const hint = "`kbs config migrate --old-config FILE --new-config NEW` writes it as v1beta4";
  return { path, message: "kubeadm.k8s.io/v1beta3 is an old format", hint };
};

/** Why a document is none that can be read; undefined when its kind and version are right. */
export const judgeKind = (apiVersion: unknown, kind: unknown, mayBeOld: boolean): Finding | undefined => {
  if (apiVersion === undefined || apiVersion === null || apiVersion === "")
    return { path: ["apiVersion"], message: "is missing", hint: isKind(kind) ? `write ${apiVersions[kind]}` : undefined };
  if (kind === undefined || kind === null || kind === "") return { path: ["kind"], message: "is missing", hint: `it is ${oneOf(kinds)}` };
  const old = typeof apiVersion === "string" && apiVersion.startsWith(`${group}/`) ? apiVersion.slice(group.length + 1) : undefined;
  const ofOld = old === undefined ? undefined : judgeOther(old, kind, mayBeOld);
  if (ofOld !== undefined) return ofOld;
  if (!isKind(kind)) {
    const meant = typeof kind === "string" ? nearest(kind, kinds) : undefined;
    return { path: ["kind"], message: `${show(kind)} is no kind of kubeadm's`, hint: didYouMean(meant) ?? `it is ${oneOf(kinds)}` };
  }
  const right = apiVersion === apiVersions[kind] || (mayBeOld && apiVersion === `${group}/v1beta3`);
  return right ? undefined : { path: ["apiVersion"], message: `${kind} is of ${apiVersions[kind]}, not ${show(apiVersion)}` };
};

const judges = new Map<string, { readonly schema: SchemaNode; readonly judge: ShapeJudge }>();

const schemaOf = (kind: Kind, version: KubeadmVersion): SchemaNode => {
  if (kind === "KubeletConfiguration") return kubeletSchema;
  if (kind === "KubeProxyConfiguration") return kubeProxySchema;
  const schema = kubeadmSchemas(version)[kind];
  if (schema === undefined) throw new Error(`${kind} has no schema in ${version}`);
  return schema;
};

/** The judge of a kind's shape, compiled when it is first asked for. */
export const judgeOf = (kind: Kind, version: KubeadmVersion): { readonly schema: SchemaNode; readonly judge: ShapeJudge } => {
  const key = `${version} ${kind}`;
  const made = judges.get(key);
  if (made !== undefined) return made;
  const schema = schemaOf(kind, version);
  const fresh = { schema, judge: shapeJudge(schema) };
  judges.set(key, fresh);
  return fresh;
};
