import { nthAddress } from "../../shared/ip.ts";
import { defaults } from "../defaults.ts";
import { caCertPath } from "./static-defaults.ts";
import type { Written } from "./written.ts";

const all = <T>(names: string, value: T): Readonly<Record<string, T>> =>
  Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, value]),
  );

/** Go's zero values, which the component itself replaces by its defaults when it reads them. */
const logging = {
  flushFrequency: 0,
  options: { json: { infoBufferSize: "0" }, text: { infoBufferSize: "0" } },
  verbosity: 0,
};

/** What kubeadm fills in, and what Go writes of the rest. */
const kubelet: Written = {
  authentication: {
    anonymous: { enabled: false },
    webhook: { cacheTTL: "0s", enabled: true },
    x509: { clientCAFile: caCertPath },
  },
  authorization: { mode: "Webhook", webhook: all("cacheAuthorizedTTL cacheUnauthorizedTTL", "0s") },
  cgroupDriver: "systemd",
  clusterDNS: [nthAddress(defaults.serviceSubnet, 10)],
  clusterDomain: defaults.dnsDomain,
  containerRuntimeEndpoint: "",
  crashLoopBackOff: {},
  healthzBindAddress: "127.0.0.1",
  healthzPort: 10_248,
  logging,
  memorySwap: {},
  rotateCertificates: true,
  staticPodPath: "/etc/kubernetes/manifests",
  ...all(
    `cpuManagerReconcilePeriod evictionPressureTransitionPeriod fileCheckFrequency httpCheckFrequency imageMaximumGCAge imageMinimumGCAge
    nodeStatusReportFrequency nodeStatusUpdateFrequency runtimeRequestTimeout shutdownGracePeriod shutdownGracePeriodCriticalPods
    streamingConnectionIdleTimeout syncFrequency volumeStatsAggPeriod`,
    "0s",
  ),
};

const periods = all("minSyncPeriod syncPeriod", "0s");

const kubeProxy: Written = {
  bindAddress: "0.0.0.0",
  bindAddressHardFail: false,
  clientConnection: { acceptContentTypes: "", burst: 0, contentType: "", kubeconfig: "/var/lib/kube-proxy/kubeconfig.conf", qps: 0 },
  configSyncPeriod: "0s",
  conntrack: {
    ...all("maxPerCore min tcpCloseWaitTimeout tcpEstablishedTimeout", null),
    tcpBeLiberal: false,
    ...all("udpStreamTimeout udpTimeout", "0s"),
  },
  detectLocal: all("bridgeInterface interfaceNamePrefix", ""),
  enableProfiling: false,
  iptables: { localhostNodePorts: null, masqueradeAll: false, masqueradeBit: null, ...periods },
  ipvs: { excludeCIDRs: null, scheduler: "", strictARP: false, ...all("tcpFinTimeout tcpTimeout udpTimeout", "0s"), ...periods },
  logging,
  nftables: { masqueradeAll: false, masqueradeBit: null, ...periods },
  nodePortAddresses: null,
  oomScoreAdj: null,
  winkernel: { ...all("networkName rootHnsEndpointName sourceVip", ""), ...all("enableDSR forwardHealthCheckVip", false) },
  ...all(
    "clusterCIDR detectLocalMode healthzBindAddress hostnameOverride metricsBindAddress mode portRange showHiddenMetricsForVersion",
    "",
  ),
};

/** The component documents that kubeadm prints. */
export const componentDefaults = { KubeletConfiguration: kubelet, KubeProxyConfiguration: kubeProxy } as const;
