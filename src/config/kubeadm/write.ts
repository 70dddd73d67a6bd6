import { isMap } from "../../shared/is-map.ts";
import type { Kind } from "./file-types.ts";
import { apiVersions } from "./kinds.ts";
import type { Written } from "./written.ts";

/** Fields that Go writes even where they are empty (without `omitempty`). */
const kept = new Set([
  "taints",
  "dataDir",
  "endpoints",
  "caFile",
  "certFile",
  "keyFile",
  "token",
  "kubeConfigPath",
  "hostPath",
  "mountPath",
  "key",
  "effect",
]);

/** Switches that are on unless they are written as off: pointers in Go. */
const onUnlessOff = new Set(["imagePullSerial", "optional"]);

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === "" || value === false || value === 0 || (Array.isArray(value) && value.length === 0);

/** Maps of a user's own keys; other maps are written even where they are empty. */
const ownKeys = new Set(["featureGates"]);

const withoutEmpty = (value: unknown, keepsFalse: boolean): unknown => {
  if (Array.isArray(value)) return value.map((item) => withoutEmpty(item, keepsFalse));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      // In a flag both parts are written, whatever they hold.
      const isFlag = (key === "extraArgs" || key === "kubeletExtraArgs") && Array.isArray(item) && item.length > 0;
      if (isFlag) return [[key, item.map((flag: unknown) => (isMap(flag) ? { value: "", ...flag } : flag))]];
      if (ownKeys.has(key) && isMap(item) && Object.keys(item).length === 0) return [];
      const stays = !isEmpty(item) || (kept.has(key) && item !== undefined) || (item === false && (keepsFalse || onUnlessOff.has(key)));
      return stays ? [[key, withoutEmpty(item, keepsFalse)]] : [];
    }),
  );
};

/** Go writes a list that is not there as null where the field has no `omitempty`. */
const withTaints = (kind: Kind, document: Written): Written => {
  const node = document["nodeRegistration"];
  if ((kind !== "InitConfiguration" && kind !== "JoinConfiguration") || !isMap(node) || node["taints"] !== undefined) return document;
  return { ...document, nodeRegistration: { ...node, taints: null } };
};

/** A document as kubeadm writes it: without what is empty, with apiVersion and kind. */
export const documentOf = (kind: Kind, fields: Written): Written => {
  const isComponent = kind === "KubeletConfiguration" || kind === "KubeProxyConfiguration";
  const plain = isComponent ? fields : withoutEmpty(withTaints(kind, fields), kind === "UpgradeConfiguration");
  return { apiVersion: apiVersions[kind], kind, ...(isMap(plain) ? plain : {}) };
};

/** In which kubeadm writes its own documents. */
const order: readonly Kind[] = [
  "InitConfiguration",
  "ClusterConfiguration",
  "JoinConfiguration",
  "ResetConfiguration",
  "UpgradeConfiguration",
];

/** Those of kubeadm's own documents that are there, as it writes them and in its order. */
export const ownDocuments = (documents: Readonly<Partial<Record<Kind, Written>>>): readonly Written[] =>
  order.flatMap((kind) => (documents[kind] === undefined ? [] : [documentOf(kind, documents[kind])]));
