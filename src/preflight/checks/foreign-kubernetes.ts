import type { KubernetesFact } from "../../facts/kubernetes.ts";
import type { Check, CheckContext } from "../check.ts";
import { isControlPlane, isOurs } from "../roles.ts";
import { listed } from "../words.ts";

/** What was found in a folder. */
interface Trace {
  readonly folder: string;
  readonly found: readonly string[];
}

/** As kubeadm's init takes them: somebody may have put the CA and what it has signed there for it. */
const canBeGiven = ({ host }: CheckContext): boolean => host.local && isControlPlane({ host });

const given = ({ kubeconfigs, hasCa }: KubernetesFact): readonly string[] => [
  ...kubeconfigs,
  ...(hasCa ? ["/etc/kubernetes/pki/ca.crt"] : []),
];

/** What runs, or did. Data of etcd are nobody's matter where none is to run: it may be the external one of this very cluster. */
const traces = (context: CheckContext): readonly Trace[] => {
  const { kubernetes } = context.facts;
  const { dataDir } = context.cluster.etcd;
  const all = [
    { folder: "/etc/kubernetes", found: [...kubernetes.manifests, ...(canBeGiven(context) ? [] : given(kubernetes))] },
    { folder: dataDir, found: context.hasEtcdData ? [`data in ${dataDir}`] : [] },
    { folder: "/var/lib/kubelet", found: kubernetes.hasKubeletConfig ? ["/var/lib/kubelet/config.yaml"] : [] },
  ];
  return all.filter(({ found }) => found.length > 0);
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
    const left = isOurs(context) ? [] : traces(context);
    if (left.length === 0) return undefined;
    const found = left.flatMap((trace) => trace.found);
    const folders = listed(left.map(({ folder }) => folder));
    return {
      problem: "there is a Kubernetes node here already, or what is left of one",
      evidence: found.length > 4 ? `${found.slice(0, 4).join(", ")} and ${found.length - 4} more` : found.join(", "),
      remedy: `if it may go, take it away with the tool that made it ("kubeadm reset -f"), and remove what is in ${folders}`,
    };
  },
};
