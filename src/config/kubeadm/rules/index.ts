import { clusterFields, components, etcd, featureGates, validity } from "./cluster.ts";
import { kubelet, kubeProxy } from "./component-documents.ts";
import { caCertPath, discovery } from "./join.ts";
import { advertisedOutside, networking } from "./networking.ts";
import { endpoints, registrations, reset, timeouts } from "./nodes.ts";
import type { KubeadmFinding, KubeadmRule, KubeadmView } from "./rule.ts";
import { bootstrapTokens } from "./tokens.ts";
import { upgrade } from "./upgrade.ts";

const rules: readonly KubeadmRule[] = [
  registrations,
  endpoints,
  bootstrapTokens,
  timeouts,
  networking,
  advertisedOutside,
  components,
  clusterFields,
  featureGates,
  validity,
  etcd,
  discovery,
  caCertPath,
  reset,
  upgrade,
  kubelet,
  kubeProxy,
];

/** What every rule has to say. Most are kubeadm's (cmd/kubeadm/app/apis/kubeadm/validation); some name what kubeadm would stumble over later. */
export const checkKubeadmMeaning = (view: KubeadmView): KubeadmFinding[] => rules.flatMap((rule) => rule(view));
