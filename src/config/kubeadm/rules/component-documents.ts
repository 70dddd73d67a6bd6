import { addressFamily } from "../../../shared/ip.ts";
import { defaults } from "../../defaults.ts";
import { type Finding, show } from "../../problems.ts";
import { judgeLaterFields } from "../../rules/kubelet-fields.ts";
import type { Path } from "../../schema.ts";
import type { Fragment } from "../../types.ts";
import { valueAt } from "../written.ts";
import { judgeDuration } from "./parts.ts";
import { type KubeadmRule, of, when } from "./rule.ts";

const split = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Fields that Go reads as durations. */
const kubeletDurations = split(`
  syncFrequency fileCheckFrequency httpCheckFrequency streamingConnectionIdleTimeout nodeStatusUpdateFrequency nodeStatusReportFrequency
  imageMinimumGCAge imageMaximumGCAge volumeStatsAggPeriod cpuManagerReconcilePeriod runtimeRequestTimeout cpuCFSQuotaPeriod
  evictionPressureTransitionPeriod containerLogMonitorInterval shutdownGracePeriod shutdownGracePeriodCriticalPods
  authentication.webhook.cacheTTL authorization.webhook.cacheAuthorizedTTL authorization.webhook.cacheUnauthorizedTTL
  crashLoopBackOff.maxContainerRestartPeriod`);

const proxyDurations = split(`
  configSyncPeriod iptables.syncPeriod iptables.minSyncPeriod nftables.syncPeriod nftables.minSyncPeriod ipvs.syncPeriod ipvs.minSyncPeriod
  ipvs.tcpTimeout ipvs.tcpFinTimeout ipvs.udpTimeout conntrack.tcpEstablishedTimeout conntrack.tcpCloseWaitTimeout conntrack.udpTimeout
  conntrack.udpStreamTimeout`);

const judgeDurations = (fragment: Fragment, fields: readonly string[]): readonly Finding[] =>
  fields.flatMap((field) => {
    const path = field.split(".");
    const value = valueAt(fragment, path);
    return typeof value === "string" ? judgeDuration(path, value) : [];
  });

const judgeAddress = (path: Path, value: unknown): readonly Finding[] =>
  when(typeof value === "string" && value !== "" && addressFamily(value) === undefined, {
    path,
    message: `${show(value)} is not an IP address`,
  });

/** What the fields of a KubeletConfiguration must mean, wherever they are written. */
export const judgeKubelet = (fragment: Fragment): readonly Finding[] => {
  const dns: unknown = fragment["clusterDNS"];
  return [
    ...judgeDurations(fragment, kubeletDurations),
    ...(Array.isArray(dns) ? dns.flatMap((address, index) => judgeAddress(["clusterDNS", index], address)) : []),
    ...["address", "healthzBindAddress"].flatMap((key) => judgeAddress([key], fragment[key])),
  ];
};

export const judgeProxy = (fragment: Fragment): readonly Finding[] => [
  ...judgeDurations(fragment, proxyDurations),
  ...judgeAddress(["bindAddress"], fragment["bindAddress"]),
];

export const kubelet: KubeadmRule = ({ documents: { KubeletConfiguration: kubeletFile = {}, ClusterConfiguration: cluster } }) =>
  of("KubeletConfiguration", [
    ...judgeLaterFields([], kubeletFile, cluster?.kubernetesVersion || defaults.version),
    ...judgeKubelet(kubeletFile),
  ]);

export const kubeProxy: KubeadmRule = ({ documents: { KubeProxyConfiguration: proxy = {} } }) =>
  of("KubeProxyConfiguration", judgeProxy(proxy));
