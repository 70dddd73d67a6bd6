import type { Finding } from "../problems.ts";
import { knownAddons } from "./addons.ts";
import { addresses, localHosts, nodeAddresses } from "./addresses.ts";
import { alternativeNames, validityPeriods } from "./certificates.ts";
import { kubeletFragment, perNodeFields, proxyFragment, proxyModes } from "./components.ts";
import { duplicateAddresses, duplicateNames, duplicateNodeAddresses } from "./duplicates.ts";
import { endpointForm, endpointIsControlPlane } from "./endpoint.ts";
import { dataDir, etcdRoles, externalEtcd, externalMatchesMode } from "./etcd.ts";
import { flagNames } from "./extra-args.ts";
import { laterKubeletFields } from "./kubelet-fields.ts";
import { labels, ownedLabels, taints } from "./labels.ts";
import { loadBalancer } from "./load-balancer.ts";
import { clusterName, dnsDomain, hostNames, kubernetesName } from "./names.ts";
import { flannelOptions } from "./network.ts";
import { notYet } from "./not-yet.ts";
import { oddMembers, someControlPlane, someWorker } from "./roles.ts";
import type { Rule, View } from "./rule.ts";
import { jumpHosts, passphraseHasKey, userNames } from "./ssh.ts";
import { maskSizes, nodeFamilies, sameFamilies } from "./stacks.ts";
import { hostsOutside, podSubnetSize, serviceSubnetSize, subnetForms, subnetsApart } from "./subnets.ts";
import { imageRepository, mirrorUrls } from "./supply.ts";
import { supportedVersion } from "./version.ts";

const rules: readonly Rule[] = [
  clusterName,
  hostNames,
  dnsDomain,
  kubernetesName,
  addresses,
  nodeAddresses,
  localHosts,
  duplicateNames,
  duplicateAddresses,
  duplicateNodeAddresses,
  someControlPlane,
  someWorker,
  oddMembers,
  subnetForms,
  serviceSubnetSize,
  podSubnetSize,
  subnetsApart,
  hostsOutside,
  sameFamilies,
  maskSizes,
  nodeFamilies,
  supportedVersion,
  laterKubeletFields,
  endpointForm,
  endpointIsControlPlane,
  loadBalancer,
  flagNames,
  labels,
  ownedLabels,
  taints,
  knownAddons,
  jumpHosts,
  passphraseHasKey,
  userNames,
  kubeletFragment,
  proxyFragment,
  perNodeFields,
  proxyModes,
  validityPeriods,
  alternativeNames,
  dataDir,
  externalEtcd,
  externalMatchesMode,
  etcdRoles,
  imageRepository,
  mirrorUrls,
  flannelOptions,
  ...notYet,
];

/** What every rule has to say. */
export const checkMeaning = (view: View): Finding[] => rules.flatMap((rule) => rule(view));
