import type { Cluster, ClusterHost } from "../config/types.ts";
import { interfaceOf, type NetworkFact } from "../facts/network.ts";
import { UserError } from "../shared/errors.ts";
import { addressFamily, type Family, familiesOf, listParts } from "../shared/ip.ts";
import { lastValue } from "../templates/args.ts";

/** Addresses that another machine might reach: no loopback, no link-local ones. */
const candidatesOf = ({ interfaces }: NetworkFact, family: Family) =>
  interfaces.flatMap(({ name: device, addresses }) =>
    addresses
      .map((range) => range.slice(0, range.indexOf("/")))
      .filter((address) => addressFamily(address) === family && !/^(?:127\.|169\.254\.|::1$|fe[89ab])/i.test(address))
      .map((address) => ({ device, address })),
  );

/**
 * The address by which other machines reach this one, as kubeadm chooses it: the first one of the interface of the default route that is
 * no link-local address.
 * @throws UserError when there is none, which names the flag that says it and the addresses to choose from
 */
export const addressHere = (found: NetworkFact, flag: string, family: Family = 4): string => {
  const device = found.routes.find((route) => route.destination === "default" && route.family === family)?.device;
  const candidates = candidatesOf(found, family);
  const chosen = candidates.find((candidate) => candidate.device === device);
  if (chosen) return chosen.address;
  const own = candidates.map((candidate) => `${candidate.address} (${candidate.device})`);
  const kind = family === 4 ? "" : " of IPv6";
  throw new UserError(
    device === undefined
      ? `this machine has no default route${kind}, which would tell its address`
      : `${device}, the interface of the default route, has no IPv${family} address`,
    {
      exit: "preflight",
      hint: own.length === 0 ? `give the machine an address${kind} first` : `say the address by ${flag}; it has ${own.join(", ")}`,
    },
  );
};

/** The address in a family: the one that is known, one that the kubelet is told by its own flag, or that of the same interface. */
const inFamily = (family: Family, { internalAddress, kubeletExtraArgs = [] }: ClusterHost, found: NetworkFact): string | undefined => {
  const told = listParts(lastValue(kubeletExtraArgs, "node-ip") ?? "");
  const { name } = interfaceOf(found, internalAddress) ?? {};
  return (
    [internalAddress, ...told].find((address) => addressFamily(address) === family) ??
    candidatesOf(found, family).find(({ device }) => device === name)?.address
  );
};

/**
 * The cluster, whose host on this machine has an address in each of the cluster's families, as far as the machine has them: the family that leads in
 * the cluster comes first.
 */
export const withBothAddresses = (cluster: Cluster, found: NetworkFact): Cluster => {
  const { serviceSubnet, podSubnet } = cluster.kubernetes;
  const families = [...new Set(familiesOf(`${serviceSubnet},${podSubnet}`))];
  const hosts = cluster.hosts.map((host) => {
    if (host.secondAddress !== undefined) return host;
    const [first, second] = families.flatMap((family) => inFamily(family, host, found) ?? []);
    return first === undefined ? host : { ...host, internalAddress: first, ...(second !== undefined && { secondAddress: second }) };
  });
  return { ...cluster, hosts };
};
