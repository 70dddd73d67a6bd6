import { addressFamily, familiesOf, listParts } from "../../shared/ip.ts";
import type { Finding } from "../problems.ts";
import { addressesOf } from "../roles.ts";
import type { Path } from "../schema.ts";
import { eachHost, type Rule, type View, when } from "./rule.ts";

type Key = "podSubnet" | "serviceSubnet";

const pathOf = (key: Key): Path => ["spec", "kubernetes", key];

/** Empty where what is written is no list of subnets: other rules speak of that. */
const familiesOfSubnets = ({ cluster, intact }: View, key: Key): readonly number[] => {
  const families = familiesOf(cluster.kubernetes[key]);
  return intact(pathOf(key)) && families.length === listParts(cluster.kubernetes[key]).length ? families : [];
};

const words = (families: readonly number[]): string => families.map((family) => `IPv${family}`).join(" and ");

/**
 * The first subnets tell which family leads; Services in a family that pods have not would lead nowhere.
 * @param path where podSubnet is written, or serviceSubnet if it alone is
 */
export const judgeFamilies = (path: Path, pods: readonly number[], services: readonly number[]): Finding[] => {
  if (pods.length === 0 || services.length === 0) return [];
  if (pods.length === 1 && services.length === 1) {
    return when(pods[0] !== services[0], { path, message: `podSubnet is ${words(pods)}, serviceSubnet is ${words(services)}` });
  }
  return [
    ...when(pods[0] !== services[0], {
      path,
      message: `podSubnet begins with IPv${pods[0]}, serviceSubnet with IPv${services[0]}`,
      hint: "write both in the same order",
    }),
    ...when(pods.length < services.length, {
      path,
      severity: "warning",
      message: `serviceSubnet is ${words(services)}, and pods have no address of the second`,
      hint: "write a podSubnet of both",
    }),
  ];
};

export const sameFamilies: Rule = (view) =>
  judgeFamilies(
    view.file.spec?.kubernetes?.podSubnet === undefined ? pathOf("serviceSubnet") : pathOf("podSubnet"),
    familiesOfSubnets(view, "podSubnet"),
    familiesOfSubnets(view, "serviceSubnet"),
  );

/** The controller manager takes a length of prefix for both families in a cluster of one stack only. */
export const maskSizes: Rule = (view) => {
  const { extraArgs } = view.cluster.kubernetes.controllerManager;
  const isTaken = familiesOfSubnets(view, "podSubnet").length < 2 || !extraArgs.some(({ name }) => name === "node-cidr-mask-size");
  return when(!isTaken, {
    path: ["spec", "kubernetes", "controllerManager", "extraArgs"],
    message: "node-cidr-mask-size is not taken with dual stack: the controller manager does not start",
    hint: "write node-cidr-mask-size-ipv4 and node-cidr-mask-size-ipv6",
  });
};

/** An API server does not start at an address of another family than its Services', and a node without one has pods that nobody reaches. */
export const nodeFamilies: Rule = (view) => {
  const [services, pods] = [familiesOfSubnets(view, "serviceSubnet"), familiesOfSubnets(view, "podSubnet")];
  const wanted = new Set([...services, ...pods]);
  const [leading] = services;
  if (leading === undefined || (pods[0] ?? leading) !== leading) return []; // told already
  return eachHost(view, (host, path, index) => {
    const resolved = view.cluster.hosts[index];
    const own = resolved === undefined ? [] : addressesOf(resolved).map(addressFamily);
    if (own[0] === undefined) return [];
    const at = [...path, host.internalAddress === undefined ? "address" : "internalAddress"];
    const written = host.internalAddress ?? host.address ?? "";
    if (own[0] !== leading) {
      const hint =
        own.length > 1
          ? "write it in the order of serviceSubnet"
          : `give the node an internalAddress of IPv${leading}, or choose other subnets`;
      const first = services.length > 1 ? " first" : "";
      return [
        {
          path: at,
          message: `the node's address is IPv${own[0]}${own.length > 1 ? " first" : ""}, and Services are IPv${leading}${first}`,
          hint,
        },
      ];
    }
    // What a machine has of itself, the command that runs on it finds out.
    const isNode = (host.roles ?? []).some((role) => role !== "etcd");
    return when(wanted.size > 1 && own.length < 2 && isNode && host.local !== true, {
      path: at,
      message: `${written} is IPv${leading} only, in a cluster of both families`,
      hint: `write both: internalAddress: ${leading === 4 ? `${written},fd00::11` : `${written},10.0.0.11`}, say`,
    });
  });
};
