import { addressFamily, type Cidr, contains, formatCidr, hostBits, listParts, overlap, parseCidr, parseCidrs } from "../../shared/ip.ts";
import { type Finding, show } from "../problems.ts";
import { addressesOf } from "../roles.ts";
import type { Path } from "../schema.ts";
import type { Arg } from "../types.ts";
import { eachHost, type Rule, type View, when } from "./rule.ts";

type Key = "podSubnet" | "serviceSubnet";

const pathOf = (key: Key): Path => ["spec", "kubernetes", key];

/** One subnet as text. */
const judgeForm = (path: Path, text: string): Finding[] => {
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

/** One subnet, or one of each family. */
export const judgeSubnets = (path: Path, text: string): Finding[] => {
  const parts = listParts(text);
  const families = parseCidrs(text).map(({ family }) => family);
  const isPair = families.length === 2 && families[0] !== families[1];
  return [
    ...parts.flatMap((part) => judgeForm(path, part)),
    ...when(families.length === parts.length && parts.length > 1 && !isPair, {
      path,
      message: `${show(text)} is neither one subnet nor one of IPv4 and one of IPv6`,
    }),
  ];
};

export const subnetForms: Rule = ({ file, cluster }) =>
  (["podSubnet", "serviceSubnet"] as const).flatMap((key) => {
    const text = file.spec?.kubernetes?.[key];
    // A pod network of one's own may look after its addresses itself.
    if (key === "podSubnet" && text === "" && cluster.network.plugin === "none") return [];
    return text === undefined ? [] : judgeSubnets(pathOf(key), text);
  });

const parsed = ({ cluster, intact }: View, key: Key): readonly Cidr[] => (intact(pathOf(key)) ? parseCidrs(cluster.kubernetes[key]) : []);

/** kubeadm's limits: at least 10 addresses, and the API server's bitmap takes 20 bits. */
export const judgeServiceSize = (path: Path, cidr: Cidr): Finding[] => {
  const [largest, smallest] = cidr.family === 4 ? [12, 28] : [108, 124];
  const text = formatCidr(cidr);
  return [
    ...when(hostBits(cidr) > 20, { path, message: `${text} is too large for services`, hint: `at most /${largest}` }),
    ...when(hostBits(cidr) < 4, { path, message: `${text} is too small for services`, hint: `at least /${smallest}` }),
  ];
};

export const serviceSubnetSize: Rule = (view) =>
  parsed(view, "serviceSubnet").flatMap((cidr) => judgeServiceSize(pathOf("serviceSubnet"), cidr));

/**
 * The prefix of the subnet that each node takes from podSubnet, as the controller manager is told.
 * @param isAlone of one family: only then one flag is for either
 */
const nodePrefix = (args: readonly Arg[], family: 4 | 6, isAlone: boolean): number => {
  const value = (name: string): string | undefined => args.findLast((arg) => arg.name === name)?.value;
  const given = value(`node-cidr-mask-size-ipv${family}`) ?? (isAlone ? value("node-cidr-mask-size") : undefined);
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

/** A node's subnet must fit in, and there must be one for each host. */
const judgeRoom = (view: View, cidr: Cidr, isAlone: boolean): Finding[] => {
  const perNode = nodePrefix(view.cluster.kubernetes.controllerManager.extraArgs, cidr.family, isAlone);
  const path = pathOf("podSubnet");
  if (!Number.isInteger(perNode)) return [];
  const wrong = judgePodSize(path, cidr, perNode, isAlone ? "node-cidr-mask-size" : `node-cidr-mask-size-ipv${cidr.family}`);
  if (wrong.length > 0) return wrong;
  const room = 2 ** (perNode - cidr.prefix);
  const count = view.cluster.hosts.length;
  return when(count > room, {
    path,
    message: `${formatCidr(cidr)} has room for ${room === 1 ? "one node" : `${room} nodes`} of /${perNode}, and there are ${count} hosts`,
  });
};

export const podSubnetSize: Rule = (view) => {
  const { extraArgs } = view.cluster.kubernetes.controllerManager;
  const areGiven = !extraArgs.some(({ name, value }) => name === "allocate-node-cidrs" && value === "false");
  return areGiven ? parsed(view, "podSubnet").flatMap((cidr, _, all) => judgeRoom(view, cidr, all.length === 1)) : [];
};

/** Pods and Services that share an address. */
export const judgeApart = (path: Path, pods: readonly Cidr[], services: readonly Cidr[]): Finding[] =>
  pods.flatMap((pod) =>
    services.flatMap((service) =>
      when(overlap(pod, service), { path, message: `podSubnet ${formatCidr(pod)} and serviceSubnet ${formatCidr(service)} overlap` }),
    ),
  );

export const subnetsApart: Rule = (view) => {
  const written = view.file.spec?.kubernetes;
  const key = written?.podSubnet === undefined && written?.serviceSubnet !== undefined ? "serviceSubnet" : "podSubnet";
  return judgeApart(pathOf(key), parsed(view, "podSubnet"), parsed(view, "serviceSubnet"));
};

/** A host inside of the pod or service subnet could not be reached from pods. */
export const hostsOutside: Rule = (view) =>
  eachHost(view, (host, path, index) => {
    const resolved = view.cluster.hosts[index];
    const own = resolved === undefined ? [] : addressesOf(resolved).filter((address) => addressFamily(address) !== undefined);
    const key = host.internalAddress === undefined ? "address" : "internalAddress";
    return own.flatMap((address) =>
      (["podSubnet", "serviceSubnet"] as const).flatMap((name) =>
        parsed(view, name).flatMap((cidr) =>
          when(contains(cidr, address), {
            path: [...path, key],
            message: `${address} lies in ${name} ${formatCidr(cidr)}`,
            hint: `choose a spec.kubernetes.${name} that holds no host`,
          }),
        ),
      ),
    );
  });
