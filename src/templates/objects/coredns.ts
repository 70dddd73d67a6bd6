import type { KubeObject } from "../../changes/change.ts";
import type { Cluster } from "../../config/types.ts";
import { dnsAddress } from "../kubelet/configuration.ts";
import { coreDnsPod } from "./coredns-pod.ts";
import { clusterRole, clusterRoleBinding, serviceAccount } from "./rbac.ts";
import { configMap, deployment, serviceAccountObject } from "./workload.ts";

const namespace = "kube-system";
const coredns = { name: "coredns", namespace };
const selector = { "k8s-app": "kube-dns" };

/** kubeadm's Corefile to the letter: on an upgrade kubeadm replaces a Corefile only when it knows its text. */
const corefile = (dnsDomain: string): string => `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes ${dnsDomain} in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success ${dnsDomain}
       disable denial ${dnsDomain}
    }
    loop
    reload
    loadbalance
}
`;

const port = (name: string, number: number, protocol: "TCP" | "UDP"): unknown => ({ name, port: number, protocol, targetPort: number });

// Still called kube-dns, after what came before CoreDNS: clients know the name.
const service = (clusterIP: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: {
    name: "kube-dns",
    namespace,
    labels: { ...selector, "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS" },
    annotations: { "prometheus.io/port": "9153", "prometheus.io/scrape": "true" },
  },
  spec: { clusterIP, selector, ports: [port("dns", 53, "UDP"), port("dns-tcp", 53, "TCP"), port("metrics", 9153, "TCP")] },
});

export interface CoreDnsInput {
  readonly image: string;
  /** By default two; to keep what an administrator has scaled to, the number that is there. */
  readonly replicas?: number;
}

/** The cluster's DNS. */
export const coreDnsObjects = (
  { kubernetes }: Pick<Cluster, "kubernetes">,
  { image, replicas = 2 }: CoreDnsInput,
): readonly KubeObject[] => [
  configMap(coredns, { Corefile: corefile(kubernetes.dnsDomain) }),
  clusterRole("system:coredns", [
    { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs: ["list", "watch"] },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
  ]),
  clusterRoleBinding("system:coredns", "system:coredns", [serviceAccount(namespace, "coredns")]),
  serviceAccountObject(coredns),
  deployment({
    metadata: { ...coredns, labels: selector },
    selector,
    replicas,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
    podSpec: coreDnsPod(image, selector),
  }),
  service(dnsAddress(kubernetes)),
];
