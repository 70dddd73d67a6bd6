import { addressFamily, type Cidr, contains, formatCidr, hostBits, overlap, parseCidr } from "../../shared/ip.ts";
import { type Finding, show } from "../problems.ts";
import type { Path } from "../schema.ts";
import type { Arg } from "../types.ts";
import { eachHost, type Rule, type View, when } from "./rule.ts";

type Key = "podSubnet" | "serviceSubnet";

const pathOf = (key: Key): Path => ["spec", "kubernetes", key];

/** One subnet as text. */
export const judgeForm = (path: Path, text: string): Finding[] => {
  const cidr = parseCidr(text);
  if (cidr === undefined) {
    const bare = addressFamily(text) !== undefined;
    return [
      {
        path,
        message: `${show(text)} is not a subnet`,
        hint: bare ? `a prefix length is missing: ${text}/16, say` : "10.244.0.0/16 is one",
      },
    ];
  }
  const written = formatCidr(cidr);
  const same = canonical(text) === written;
  return when(!same, {
    path,
    severity: "warning",
    message: `${show(text)} has bits set behind its prefix`,
    hint: `it is taken as ${written}`,
  });
};

const canonical = (text: string): string => {
  const [address = "", prefix = ""] = text.split("/");
  const width = addressFamily(address) === 4 ? 32 : 128;
  return `${formatCidr(`${address}/${width}`).split("/")[0]}/${prefix}`;
};

/** Lists of two subnets are for dual stack, which has its own rule. */
const isOne = (text: string): boolean => !text.includes(",");

export const subnetForms: Rule = ({ file, cluster }) =>
  (["podSubnet", "serviceSubnet"] as const).flatMap((key) => {
    const text = file.spec?.kubernetes?.[key];
    // A pod network of one's own may look after its addresses itself.
    if (key === "podSubnet" && text === "" && cluster.network.plugin === "none") return [];
    return text === undefined || !isOne(text) ? [] : judgeForm(pathOf(key), text);
  });

const parsed = ({ cluster, intact }: View, key: Key): Cidr | undefined =>
  intact(pathOf(key)) ? parseCidr(cluster.kubernetes[key]) : undefined;

/** kubeadm's limits: at least 10 addresses, and the API server's bitmap takes 20 bits. */
export const judgeServiceSize = (path: Path, cidr: Cidr): Finding[] => {
  const [largest, smallest] = cidr.family === 4 ? [12, 28] : [108, 124];
  const text = formatCidr(cidr);
  return [
    ...when(hostBits(cidr) > 20, { path, message: `${text} is too large for services`, hint: `at most /${largest}` }),
    ...when(hostBits(cidr) < 4, { path, message: `${text} is too small for services`, hint: `at least /${smallest}` }),
  ];
};

export const serviceSubnetSize: Rule = (view) => {
  const cidr = parsed(view, "serviceSubnet");
  return cidr === undefined ? [] : judgeServiceSize(pathOf("serviceSubnet"), cidr);
};

/** The prefix of the subnet that each node takes from podSubnet, as the controller manager is told. */
const nodePrefix = (args: readonly Arg[], family: 4 | 6): number => {
  const value = (name: string): string | undefined => args.findLast((arg) => arg.name === name)?.value;
  const given = value(`node-cidr-mask-size-ipv${family}`) ?? value("node-cidr-mask-size");
  return given === undefined ? (family === 4 ? 24 : 64) : Number(given);
};

/**
 * kubeadm's limits: a node's subnet must fit in, and the controller manager's bitmap takes 16 bits.
 * @param flag of the controller manager that says how large a node's subnet is
 */
export const judgePodSize = (path: Path, cidr: Cidr, perNode: number, flag: string): Finding[] => {
  const text = formatCidr(cidr);
  if (cidr.prefix > perNode) {
    const hint = `at most /${perNode}, or a larger ${flag} in controllerManager.extraArgs`;
    return [{ path, message: `${text} is too small: every node takes a /${perNode} of it`, hint }];
  }
  const tooLarge = perNode - cidr.prefix > 16;
  return when(tooLarge, {
    path,
    message: `${text} is too large for nodes that take a /${perNode} each`,
    hint: `at least /${perNode - 16}`,
  });
};

/** The node subnets must fit in, and there must be one for each host. */
export const podSubnetSize: Rule = (view) => {
  const cidr = parsed(view, "podSubnet");
  const { extraArgs } = view.cluster.kubernetes.controllerManager;
  if (cidr === undefined || extraArgs.some(({ name, value }) => name === "allocate-node-cidrs" && value === "false")) return [];
  const perNode = nodePrefix(extraArgs, cidr.family);
  const path = pathOf("podSubnet");
  if (!Number.isInteger(perNode)) return [];
  const wrong = judgePodSize(path, cidr, perNode, "node-cidr-mask-size");
  if (wrong.length > 0) return wrong;
  const room = 2 ** (perNode - cidr.prefix);
  const count = view.cluster.hosts.length;
  return when(count > room, {
    path,
    message: `${formatCidr(cidr)} has room for ${room === 1 ? "one node" : `${room} nodes`} of /${perNode}, and there are ${count} hosts`,
  });
};

export const subnetsApart: Rule = (view) => {
  const [pods, services] = [parsed(view, "podSubnet"), parsed(view, "serviceSubnet")];
  if (pods === undefined || services === undefined || !overlap(pods, services)) return [];
  const written = view.file.spec?.kubernetes;
  const key = written?.podSubnet === undefined && written?.serviceSubnet !== undefined ? "serviceSubnet" : "podSubnet";
  return [{ path: pathOf(key), message: `podSubnet ${formatCidr(pods)} and serviceSubnet ${formatCidr(services)} overlap` }];
};

/** A host inside of the pod or service subnet could not be reached from pods. */
export const hostsOutside: Rule = (view) =>
  eachHost(view, (host, path, index) => {
    const address = view.cluster.hosts[index]?.internalAddress ?? "";
    if (addressFamily(address) === undefined) return [];
    const key = host.internalAddress === undefined ? "address" : "internalAddress";
    return (["podSubnet", "serviceSubnet"] as const).flatMap((name) => {
      const cidr = parsed(view, name);
      return when(cidr !== undefined && contains(cidr, address), {
        path: [...path, key],
        message: `${address} lies in ${name} ${view.cluster.kubernetes[name]}`,
        hint: `choose a spec.kubernetes.${name} that holds no host`,
      });
    });
  });

/** All addresses of a cluster with one stack are of one family. */
export const oneFamily: Rule = (view) => {
  const [pods, services] = [parsed(view, "podSubnet"), parsed(view, "serviceSubnet")];
  return when(pods !== undefined && services !== undefined && pods.family !== services.family, {
    path: view.file.spec?.kubernetes?.podSubnet === undefined ? pathOf("serviceSubnet") : pathOf("podSubnet"),
    message: `podSubnet is IPv${pods?.family}, serviceSubnet is IPv${services?.family}`,
  });
};
