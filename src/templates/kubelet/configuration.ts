import type { Cluster } from "../../config/types.ts";
import { nthAddress } from "../../shared/ip.ts";
import { mergeDeep } from "../merge.ts";
import { patched } from "../patches/index.ts";
import { certificatesOf, kubeletDirectory, manifestsDirectory, runtimeEndpoint } from "../paths.ts";
import { toYaml } from "../yaml.ts";
import { kubeletZeros } from "../zero-values.ts";

/** The DNS server's address: the tenth of the first service subnet. */
export const dnsAddress = ({ serviceSubnet }: Pick<Cluster["kubernetes"], "serviceSubnet">): string =>
  nthAddress(serviceSubnet.split(",")[0] ?? serviceSubnet, 10);

const identity = { apiVersion: "kubelet.config.k8s.io/v1beta1", kind: "KubeletConfiguration" };

/** What kubeadm fills in where the user says nothing. */
const defaults = ({ kubernetes }: Cluster): Readonly<Record<string, unknown>> => ({
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: `${certificatesOf({ kubernetes })}/ca.crt` },
  },
  authorization: { mode: "Webhook" },
  cgroupDriver: "systemd",
  clusterDNS: [dnsAddress(kubernetes)],
  clusterDomain: kubernetes.dnsDomain,
  healthzBindAddress: "127.0.0.1",
  healthzPort: 10248,
  staticPodPath: manifestsDirectory,
});

/** kubeadm renews no kubelet certificates, so kubelets must; it does not let a user turn this off either. */
const forced = { ...identity, rotateCertificates: true };

/** The KubeletConfiguration of the whole cluster, as the ConfigMap kubelet-config holds it: nothing of any single host. */
export const kubeletConfiguration = (cluster: Cluster): Readonly<Record<string, unknown>> => ({
  ...mergeDeep(mergeDeep(kubeletZeros, defaults(cluster)), cluster.kubernetes.kubelet),
  ...forced,
});

/** What one host adds. */
export interface KubeletFacts {
  /** Whether systemd-resolved runs: then /etc/resolv.conf names a server that pods cannot reach. */
  readonly systemdResolved: boolean;
}

const resolvedFile = "/run/systemd/resolve/resolv.conf";

/** /var/lib/kubelet/config.yaml of one host. */
export const kubeletConfigFile = (cluster: Cluster, facts: KubeletFacts) => ({
  path: `${kubeletDirectory}/config.yaml`,
  mode: 0o644,
  content: toYaml({
    ...patched(cluster, "kubeletconfiguration", {
      ...(facts.systemdResolved ? { resolvConf: resolvedFile } : {}),
      ...kubeletConfiguration(cluster),
    }),
    // Not even a patch may change it: it is laid over last.
    containerRuntimeEndpoint: runtimeEndpoint(cluster.runtime),
  }),
});

/** Where other tools read the socket of the container runtime from; kubeadm lays this file over config.yaml on every upgrade. */
export const kubeletInstanceConfigFile = ({ runtime }: Pick<Cluster, "runtime">) => ({
  path: `${kubeletDirectory}/instance-config.yaml`,
  mode: 0o644,
  content: `containerRuntimeEndpoint: ${JSON.stringify(runtimeEndpoint(runtime))}\n`,
});
