import { createHash } from "node:crypto";
import type { KubeObject } from "../../changes/change.ts";

interface ComponentConfig {
  readonly name: string;
  readonly data: Readonly<Record<string, string>>;
  /** Whether nothing in it comes from the user, so that kubeadm may write it anew on an upgrade. */
  readonly generated: boolean;
  readonly labels?: Readonly<Record<string, string>>;
}

/** SHA-256 over the values of a ConfigMap in the order of their keys, as kubeadm signs what it generated. */
const signature = (data: Readonly<Record<string, string>>): string => {
  const hash = createHash("sha256");
  for (const key of Object.keys(data).toSorted()) hash.update(data[key] ?? "");
  return `sha256:${hash.digest("hex")}`;
};

/** The ConfigMap of a component's configuration. Signed, it says to kubeadm: nobody has touched this, renew it when you upgrade. */
export const componentConfigMap = ({ name, data, generated, labels }: ComponentConfig): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: {
    name,
    namespace: "kube-system",
    ...(labels === undefined ? {} : { labels }),
    ...(generated ? { annotations: { "kubeadm.kubernetes.io/component-config.hash": signature(data) } } : {}),
  },
  data,
});
