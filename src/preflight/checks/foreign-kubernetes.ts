import type { KubernetesFact } from "../../facts/kubernetes.ts";
import type { Check, CheckContext } from "../check.ts";
import { isControlPlane, isOurs } from "../roles.ts";

/** What runs, or did. */
const remains = ({ manifests, hasEtcdData, hasKubeletConfig }: KubernetesFact): readonly string[] => [
  ...manifests,
  ...(hasEtcdData ? ["data in /var/lib/etcd"] : []),
  ...(hasKubeletConfig ? ["/var/lib/kubelet/config.yaml"] : []),
];

/** As kubeadm's init takes them: somebody may have put the CA and what it has signed there for it. */
const canBeGiven = ({ host }: CheckContext): boolean => host.local && isControlPlane({ host });

const given = ({ kubeconfigs, hasCa }: KubernetesFact): readonly string[] => [
  ...kubeconfigs,
  ...(hasCa ? ["/etc/kubernetes/pki/ca.crt"] : []),
];

const traces = (context: CheckContext): readonly string[] => {
  const { kubernetes } = context.facts;
  return [...remains(kubernetes), ...(canBeGiven(context) ? [] : given(kubernetes))];
};

export const foreignKubernetes: Check = {
  id: "foreign-kubernetes",
  aliases: [
    ...["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"].map(
      (name) => `FileAvailable--etc-kubernetes-manifests-${name}.yaml`,
    ),
    ...["kubelet.conf", "bootstrap-kubelet.conf", "pki-ca.crt"].map((name) => `FileAvailable--etc-kubernetes-${name}`),
    "DirAvailable--var-lib-etcd",
  ],
  question: "Is the host free of a cluster that something else made?",
  severity: "error",
  // A host that belongs to another cluster of kbs is told about by other-cluster.
  appliesTo: (context) => context.facts.ownership === undefined || isOurs(context),
  ask: (context) => {
    const found = isOurs(context) ? [] : traces(context);
    if (found.length === 0) return undefined;
    return {
      problem: "there is a Kubernetes node here already, or what is left of one",
      evidence: found.length > 4 ? `${found.slice(0, 4).join(", ")} and ${found.length - 4} more` : found.join(", "),
      remedy:
        'if it may go, take it away with the tool that made it ("kubeadm reset -f"), and remove /etc/kubernetes, /var/lib/etcd and /var/lib/kubelet',
    };
  },
};
