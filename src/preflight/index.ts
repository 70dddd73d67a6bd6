import type { Check } from "./check.ts";
import { architecture } from "./checks/architecture.ts";
import { cgroupControllers } from "./checks/cgroup-controllers.ts";
import { cgroupVersion } from "./checks/cgroup-version.ts";
import { clockHosts, clockOperator, timeSync } from "./checks/clocks.ts";
import { cniConfigs } from "./checks/cni-configs.ts";
import { commands } from "./checks/commands.ts";
import { cpus } from "./checks/cpus.ts";
import { defaultRoute } from "./checks/default-route.ts";
import { diskPressure } from "./checks/disk-pressure.ts";
import { diskSpace } from "./checks/disk-space.ts";
import { endpointName } from "./checks/endpoint-name.ts";
import { executable } from "./checks/executable.ts";
import { externalEtcd, externalEtcdFiles } from "./checks/external-etcd.ts";
import { factsKnown } from "./checks/facts-known.ts";
import { firewall } from "./checks/firewall.ts";
import { foreignKubernetes } from "./checks/foreign-kubernetes.ts";
import { foreignRuntime } from "./checks/foreign-runtime.ts";
import { hostnameUnique, hostnameValid } from "./checks/hostname.ts";
import { machineIdUnique, macUnique, productUuidUnique, sameMachine } from "./checks/identity.ts";
import { inodes } from "./checks/inodes.ts";
import { bothAddresses, internalAddress } from "./checks/internal-address.ts";
import { ipForward } from "./checks/ip-forward.ts";
import { kernel } from "./checks/kernel.ts";
import { kernelModules, proxyModules, vxlanModule } from "./checks/kernel-modules.ts";
import { loadBalancer } from "./checks/load-balancer.ts";
import { memory } from "./checks/memory.ts";
import { mtu } from "./checks/mtu.ts";
import { nmCloudSetup } from "./checks/nm-cloud-setup.ts";
import { osFamily } from "./checks/os-family.ts";
import { otherCluster } from "./checks/other-cluster.ts";
import { otherDistribution } from "./checks/other-distribution.ts";
import { cgroupDriver, images, kubeletVersion, runtimeAnswers, runtimeConfig, sandboxImage } from "./checks/packaged.ts";
import { pids } from "./checks/pids.ts";
import { ports } from "./checks/ports.ts";
import { resolvConf, resolvLoop } from "./checks/resolv-conf.ts";
import { root } from "./checks/root.ts";
import { selinux } from "./checks/selinux.ts";
import { sshSessions } from "./checks/ssh-sessions.ts";
import { subnets } from "./checks/subnets.ts";
import { swap } from "./checks/swap.ts";
import { swapUnits } from "./checks/swap-units.ts";
import { systemState } from "./checks/system-state.ts";
import { systemd } from "./checks/systemd.ts";
import { usefulCommands } from "./checks/useful-commands.ts";
import { writable } from "./checks/writable.ts";

/** The questionnaire: what is asked of every host, in the order in which a person would want to read the answers. */
export const questionnaire: readonly Check[] = [
  // Can anything be done here at all?
  factsKnown,
  root,
  sshSessions,
  otherCluster,
  sameMachine,
  systemd,
  systemState,
  // What kind of machine is it?
  osFamily,
  architecture,
  kernel,
  cpus,
  memory,
  commands,
  usefulCommands,
  // Where things go
  writable,
  executable,
  diskSpace,
  diskPressure,
  inodes,
  // What the kernel gives
  cgroupVersion,
  cgroupControllers,
  kernelModules,
  vxlanModule,
  proxyModules,
  ipForward,
  pids,
  swap,
  swapUnits,
  selinux,
  // Who it is, among others
  hostnameValid,
  hostnameUnique,
  machineIdUnique,
  productUuidUnique,
  macUnique,
  clockOperator,
  clockHosts,
  timeSync,
  // How it is connected
  internalAddress,
  bothAddresses,
  defaultRoute,
  subnets,
  mtu,
  resolvConf,
  resolvLoop,
  firewall,
  nmCloudSetup,
  ...ports,
  endpointName,
  loadBalancer,
  externalEtcdFiles,
  externalEtcd,
  // What packages have brought, and is used
  kubeletVersion,
  runtimeAnswers,
  cgroupDriver,
  sandboxImage,
  images,
  runtimeConfig,
  // What is there already
  foreignKubernetes,
  otherDistribution,
  foreignRuntime,
  cniConfigs,
];
