import type { KubeObject } from "../../changes/change.ts";
import type { Cluster } from "../../config/types.ts";
import { addressFamily } from "../../shared/ip.ts";
import { fromField } from "../objects/workload.ts";
import { kubernetesDirectory } from "../paths.ts";

export interface KubeVipInput {
  readonly cluster: Pick<Cluster, "controlPlaneEndpoint">;
  /** Full name, with its tag. */
  readonly image: string;
  /** The network interface that gets the address; absent: that of the default route. */
  readonly device?: string | undefined;
}

const adminConf = `${kubernetesDirectory}/admin.conf`;

const settings = ({ cluster: { controlPlaneEndpoint }, device }: KubeVipInput): Readonly<Record<string, string | undefined>> => ({
  vip_arp: "true",
  address: controlPlaneEndpoint.host,
  port: String(controlPlaneEndpoint.port),
  vip_interface: device,
  // The address alone, not its network.
  vip_subnet: addressFamily(controlPlaneEndpoint.host) === 6 ? "128" : "32",
  cp_enable: "true",
  cp_namespace: "kube-system",
  vip_leaderelection: "true",
  vip_leasename: "plndr-cp-lock",
  // In seconds, kube-vip's own: the address moves five seconds after its holder has fallen silent.
  vip_leaseduration: "5",
  vip_renewdeadline: "3",
  vip_retryperiod: "1",
});

/**
 * kube-vip on a control plane: whoever has the lease has the endpoint's address, and says so by ARP. It asks the API server of its own machine, which it
 * calls `kubernetes`, as the holder of admin.conf. kubeadm's users give it super-admin.conf at first, because kubeadm goes through the endpoint
 * before admin.conf has its rights; kbs starts it when they are there, and further control planes have no super-admin.conf anyhow.
 */
export const kubeVipPod = (input: KubeVipInput): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "kube-vip", namespace: "kube-system", labels: { component: "kube-vip", tier: "control-plane" } },
  spec: {
    containers: [
      {
        name: "kube-vip",
        image: input.image,
        imagePullPolicy: "IfNotPresent",
        args: ["manager"],
        env: [
          fromField("vip_nodename", "spec.nodeName"),
          ...Object.entries(settings(input)).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }])),
        ],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"], add: ["NET_ADMIN", "NET_RAW"] } },
        volumeMounts: [{ name: "kubeconfig", mountPath: adminConf, readOnly: true }],
      },
    ],
    hostAliases: [{ ip: "127.0.0.1", hostnames: ["kubernetes"] }],
    hostNetwork: true,
    priority: 2_000_001_000,
    priorityClassName: "system-node-critical",
    securityContext: { seccompProfile: { type: "RuntimeDefault" } },
    volumes: [{ name: "kubeconfig", hostPath: { path: adminConf, type: "File" } }],
  },
});
