import type { Rule } from "../rule.ts";
import { bootstrapToken } from "./bootstrap-token.ts";
import { certificateIssuer } from "./certificate-issuer.ts";
import { certificateName } from "./certificate-name.ts";
import { certificateEarly, certificateExpired } from "./certificate-time.ts";
import { cgroupDriver } from "./cgroup-driver.ts";
import { clock } from "./clock.ts";
import { cniBinary, cniConfig } from "./cni.ts";
import { componentCrash } from "./component-crash.ts";
import { componentFlag } from "./component-flag.ts";
import { corednsLoop } from "./coredns-loop.ts";
import { diskFull } from "./disk-full.ts";
import { diskPressure } from "./disk-pressure.ts";
import { endpointDns } from "./endpoint-dns.ts";
import { etcdAlarm } from "./etcd-alarm.ts";
import { etcdOtherCluster } from "./etcd-other-cluster.ts";
import { etcdQuorum } from "./etcd-quorum.ts";
import { etcdSlow } from "./etcd-slow.ts";
import { etcdStopped } from "./etcd-stopped.ts";
import { etcdUnreachable } from "./etcd-unreachable.ts";
import { firewall } from "./firewall.ts";
import { imageMissing } from "./image-missing.ts";
import { inodes } from "./inodes.ts";
import { kernelSettingsRule } from "./kernel-settings.ts";
import { kubeProxyCrash } from "./kube-proxy-crash.ts";
import { kubeletConfig } from "./kubelet-config.ts";
import { kubeletCrash } from "./kubelet-crash.ts";
import { kubeletStopped } from "./kubelet-stopped.ts";
import { nodeMissing, nodeName } from "./node-name.ts";
import { outOfMemory } from "./out-of-memory.ts";
import { podNetworkCrash } from "./pod-network-crash.ts";
import { portTaken } from "./port-taken.ts";
import { readOnlyDisk } from "./read-only-disk.ts";
import { runtimeConfig } from "./runtime-config.ts";
import { runtimeDown } from "./runtime-down.ts";
import { swap } from "./swap.ts";
import { unschedulable } from "./unschedulable.ts";

/** Every rule, from the ground up: of two causes that are equally sure, the one that comes first here is the one below. */
export const rules: readonly Rule[] = [
  diskFull,
  inodes,
  readOnlyDisk,
  outOfMemory,
  clock,
  swap,
  kernelSettingsRule,
  runtimeConfig,
  runtimeDown,
  cgroupDriver,
  kubeletConfig,
  kubeletStopped,
  certificateExpired,
  certificateEarly,
  certificateIssuer,
  certificateName,
  portTaken,
  imageMissing,
  componentFlag,
  etcdStopped,
  etcdOtherCluster,
  etcdAlarm,
  etcdQuorum,
  etcdUnreachable,
  etcdSlow,
  endpointDns,
  firewall,
  bootstrapToken,
  nodeName,
  cniConfig,
  cniBinary,
  podNetworkCrash,
  kubeProxyCrash,
  corednsLoop,
  diskPressure,
  componentCrash,
  kubeletCrash,
  nodeMissing,
  unschedulable,
];
