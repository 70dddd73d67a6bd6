import {
  addressFamily,
  contains,
  familiesOf,
  formatCidr,
  hostBits,
  listParts,
  overlap,
  parseCidr,
  parseCidrs,
} from "../../../shared/ip.ts";
import { isDnsName } from "../../../shared/names.ts";
import { defaults } from "../../defaults.ts";
import { type Finding, show } from "../../problems.ts";
import { judgeName, nameShape } from "../../rules/names.ts";
import { judgeFamilies } from "../../rules/stacks.ts";
import { judgeApart, judgePodSize, judgeServiceSize, judgeSubnets } from "../../rules/subnets.ts";
import type { ClusterConfiguration } from "../file-types.ts";
import { judgeText, type KubeadmRule, of, when } from "./rule.ts";

type Key = "podSubnet" | "serviceSubnet";

const pathOf = (key: Key): string[] => ["networking", key];

const judgeServices = (text: string): readonly Finding[] =>
  listParts(text).flatMap((part) => {
    const cidr = parseCidr(part);
    return cidr === undefined ? [] : judgeServiceSize(pathOf("serviceSubnet"), cidr);
  });

/** The prefix of a node's part of podSubnet, as the controller manager is told. */
const nodePrefix = (file: ClusterConfiguration, family: 4 | 6): number => {
  const args = file.controllerManager?.extraArgs ?? [];
  const given = args.findLast(({ name }) => name === `node-cidr-mask-size-ipv${family}`)?.value;
  return given === undefined || given === "" ? (family === 4 ? 24 : 64) : Number(given);
};

/** kubeadm wants 14 addresses at least, even where the controller manager gives nodes no part. */
const judgePods = (text: string, file: ClusterConfiguration): readonly Finding[] => {
  const unallocated = file.controllerManager?.extraArgs?.findLast(({ name }) => name === "allocate-node-cidrs")?.value === "false";
  return listParts(text).flatMap((part) => {
    const cidr = parseCidr(part);
    if (cidr === undefined) return [];
    const path = pathOf("podSubnet");
    if (hostBits(cidr) < 4)
      return [{ path, message: `${formatCidr(cidr)} is too small for pods`, hint: `at least /${cidr.family === 4 ? 28 : 124}` }];
    const perNode = nodePrefix(file, cidr.family);
    return unallocated || !Number.isInteger(perNode) ? [] : judgePodSize(path, cidr, perNode, `node-cidr-mask-size-ipv${cidr.family}`);
  });
};

const judgeMaskSizes = (file: ClusterConfiguration): readonly Finding[] =>
  (file.controllerManager?.extraArgs ?? []).flatMap(({ name, value = "" }, index) =>
    when(/^node-cidr-mask-size(?:-ipv[46])?$/.test(name ?? "") && !/^\d{1,3}$/.test(value), {
      path: ["controllerManager", "extraArgs", index, "value"],
      message: `${show(value)} is not the length of a prefix`,
    }),
  );

const judgeTogether = (pods: string, services: string): readonly Finding[] => {
  const path = pathOf("podSubnet");
  return [...judgeApart(path, parseCidrs(pods), parseCidrs(services)), ...judgeFamilies(path, familiesOf(pods), familiesOf(services))];
};

const siteLocal = (key: Key, text: string): readonly Finding[] =>
  listParts(text).flatMap((part) => {
    const cidr = parseCidr(part);
    return when(cidr?.family === 6 && overlap(cidr, "fec0::/10"), {
      path: pathOf(key),
      severity: "warning",
      message: `${part} is site-local, which RFC 3879 has done away with`,
      hint: "fd00::/8 holds private addresses",
    });
  });

export const networking: KubeadmRule = ({ documents: { ClusterConfiguration: cluster }, intact }) => {
  const { podSubnet = "", serviceSubnet = "", dnsDomain } = cluster?.networking ?? {};
  const isWhole = intact("ClusterConfiguration", ["networking"]);
  const services = serviceSubnet === "" ? defaults.serviceSubnet : serviceSubnet;
  return of("ClusterConfiguration", [
    ...judgeText(dnsDomain, (name) => judgeName(["networking", "dnsDomain"], name, isDnsName, `${nameShape}, parts joined by dots`)),
    ...judgeText(serviceSubnet, (text) => [
      ...judgeSubnets(pathOf("serviceSubnet"), text),
      ...judgeServices(text),
      ...siteLocal("serviceSubnet", text),
    ]),
    ...judgeText(podSubnet, (text) => [
      ...judgeSubnets(pathOf("podSubnet"), text),
      ...judgePods(text, cluster ?? {}),
      ...siteLocal("podSubnet", text),
      ...(isWhole ? judgeTogether(text, services) : []),
    ]),
    ...judgeMaskSizes(cluster ?? {}),
  ]);
};

/** The node's own address inside of a subnet of pods or services may lead nowhere one day. */
export const advertisedOutside: KubeadmRule = ({ documents: { InitConfiguration: init, ClusterConfiguration: cluster } }) => {
  const address = init?.localAPIEndpoint?.advertiseAddress ?? "";
  const { podSubnet = "", serviceSubnet = "" } = cluster?.networking ?? {};
  if (addressFamily(address) === undefined) return [];
  const subnets = { podSubnet, serviceSubnet: serviceSubnet === "" ? defaults.serviceSubnet : serviceSubnet };
  return of(
    "InitConfiguration",
    Object.entries(subnets).flatMap(([key, text]) =>
      listParts(text).flatMap((part) =>
        when(parseCidr(part) !== undefined && contains(part, address), {
          path: ["localAPIEndpoint", "advertiseAddress"],
          severity: "warning",
          message: `${address} lies in ${key} ${part}`,
        }),
      ),
    ),
  );
};
