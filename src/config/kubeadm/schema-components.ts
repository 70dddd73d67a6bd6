import type { SchemaNode } from "../schema-node.ts";
import { documentOf, each, fields, flag, integer, listOf, mapOf, number, text, texts, words } from "./schema-parts.ts";

/** Fields of k8s.io/component-base, k8s.io/kubelet and k8s.io/kube-proxy at 0.37, which has all of the older ones. */
const routing = { splitStream: flag, infoBufferSize: { type: ["string", "integer"] } as const };

const logging = fields({
  format: text,
  flushFrequency: { type: ["string", "integer"] },
  verbosity: integer,
  vmodule: listOf(fields({ filePattern: text, verbosity: integer })),
  options: fields({ text: fields(routing), json: fields(routing) }),
});

const quantities: SchemaNode = { type: "object", additionalProperties: { type: ["string", "number"] } };

const kubeletTexts = `
  staticPodPath podLogsDir syncFrequency fileCheckFrequency httpCheckFrequency staticPodURL address tlsCertFile tlsPrivateKeyFile tlsMinVersion
  healthzBindAddress clusterDomain streamingConnectionIdleTimeout nodeStatusUpdateFrequency nodeStatusReportFrequency imageMinimumGCAge
  imageMaximumGCAge volumeStatsAggPeriod kubeletCgroups systemCgroups cgroupRoot cpuManagerPolicy cpuManagerReconcilePeriod
  memoryManagerPolicy topologyManagerPolicy topologyManagerScope runtimeRequestTimeout podCIDR resolvConf cpuCFSQuotaPeriod contentType
  evictionPressureTransitionPeriod containerLogMaxSize containerLogMonitorInterval reservedSystemCPUs showHiddenMetricsForVersion
  systemReservedCgroup kubeReservedCgroup volumePluginDir providerID shutdownGracePeriod shutdownGracePeriodCriticalPods
  containerRuntimeEndpoint imageServiceEndpoint`;

const kubeletFlags = `
  enableServer rotateCertificates serverTLSBootstrap enableDebuggingHandlers enableContentionProfiling cgroupsPerQOS singleProcessOOMKill
  runOnce cpuCFSQuota serializeImagePulls mergeDefaultEvictionSettings enableControllerAttachDetach protectKernelDefaults
  makeIPTablesUtilChains failSwapOn kernelMemcgNotification enableSystemLogHandler enableSystemLogQuery enableProfilingHandler
  enableDebugFlagsHandler seccompDefault registerNode localStorageCapacityIsolation failCgroupV1`;

const kubeletIntegers = `
  port readOnlyPort registryPullQPS registryBurst eventRecordQPS eventBurst healthzPort oomScoreAdj nodeLeaseDurationSeconds
  imageGCHighThresholdPercent imageGCLowThresholdPercent maxPods podPidsLimit nodeStatusMaxImages maxOpenFiles kubeAPIQPS kubeAPIBurst
  maxParallelImagePulls evictionMaxPodGracePeriod podsPerCore iptablesMasqueradeBit iptablesDropBit containerLogMaxFiles
  containerLogMaxWorkers`;

const kubeletMaps = `
  cpuManagerPolicyOptions topologyManagerPolicyOptions qosReserved evictionHard evictionSoft evictionSoftGracePeriod evictionMinimumReclaim
  systemReserved kubeReserved defaultPodSysctls`;

const kubeletLists = `
  tlsCipherSuites preloadedImagesVerificationAllowlist clusterDNS enforceNodeAllocatable allowedUnsafeSysctls`;

export const kubeletSchema = documentOf("kubelet.config.k8s.io/v1beta1", "KubeletConfiguration", {
  ...each(kubeletTexts, text),
  ...each(kubeletFlags, flag),
  ...each(kubeletIntegers, integer),
  ...each(kubeletMaps, mapOf(text)),
  ...each(kubeletLists, texts),
  cgroupDriver: words("", "systemd", "cgroupfs"),
  hairpinMode: words("", "hairpin-veth", "promiscuous-bridge", "none"),
  configMapAndSecretChangeDetectionStrategy: words("", "Get", "Cache", "Watch"),
  imagePullCredentialsVerificationPolicy: words(
    "",
    "NeverVerify",
    "NeverVerifyPreloadedImages",
    "NeverVerifyAllowlistedImages",
    "AlwaysVerify",
  ),
  memoryReservationPolicy: words("", "None", "TieredReservation"),
  memoryThrottlingFactor: number,
  tlsCurvePreferences: listOf(integer),
  staticPodURLHeader: mapOf(texts),
  featureGates: mapOf(flag),
  authentication: fields({
    x509: fields({ clientCAFile: text }),
    webhook: fields({ enabled: flag, cacheTTL: text }),
    anonymous: fields({ enabled: flag }),
  }),
  authorization: fields({
    mode: words("", "AlwaysAllow", "Webhook"),
    webhook: fields(each("cacheAuthorizedTTL cacheUnauthorizedTTL", text)),
  }),
  memorySwap: fields({ swapBehavior: words("", "NoSwap", "LimitedSwap") }),
  logging,
  tracing: fields({ endpoint: text, samplingRatePerMillion: integer }),
  shutdownGracePeriodByPodPriority: listOf(fields(each("priority shutdownGracePeriodSeconds", integer))),
  crashLoopBackOff: fields({ maxContainerRestartPeriod: text }),
  reservedMemory: listOf(fields({ numaNode: integer, limits: quantities })),
  registerWithTaints: listOf(fields(each("key value effect timeAdded", text), ["key", "effect"])),
  userNamespaces: fields({ idsPerPod: integer }),
});

const periods = each("syncPeriod minSyncPeriod", text);

export const kubeProxySchema = documentOf("kubeproxy.config.k8s.io/v1alpha1", "KubeProxyConfiguration", {
  ...each(
    "hostnameOverride bindAddress healthzBindAddress metricsBindAddress showHiddenMetricsForVersion clusterCIDR configSyncPeriod portRange",
    text,
  ),
  ...each("bindAddressHardFail enableProfiling windowsRunAsService", flag),
  mode: words("", "iptables", "ipvs", "nftables", "kernelspace"),
  detectLocalMode: words("", "ClusterCIDR", "NodeCIDR", "BridgeInterface", "InterfaceNamePrefix"),
  featureGates: mapOf(flag),
  nodePortAddresses: texts,
  oomScoreAdj: integer,
  logging,
  clientConnection: fields({ ...each("kubeconfig acceptContentTypes contentType", text), qps: number, burst: integer }),
  iptables: fields({ ...periods, masqueradeBit: integer, masqueradeAll: flag, localhostNodePorts: flag }),
  nftables: fields({ ...periods, masqueradeBit: integer, masqueradeAll: flag }),
  ipvs: fields({ ...periods, ...each("scheduler tcpTimeout tcpFinTimeout udpTimeout", text), excludeCIDRs: texts, strictARP: flag }),
  conntrack: fields({
    ...each("maxPerCore min", integer),
    ...each("tcpEstablishedTimeout tcpCloseWaitTimeout udpTimeout udpStreamTimeout", text),
    tcpBeLiberal: flag,
  }),
  detectLocal: fields(each("bridgeInterface interfaceNamePrefix", text)),
  winkernel: fields({ ...each("networkName sourceVip rootHnsEndpointName", text), ...each("enableDSR forwardHealthCheckVip", flag) }),
});
