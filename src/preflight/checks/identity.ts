import type { HostFacts } from "../../facts/index.ts";
import { interfaceOf } from "../../facts/network.ts";
import type { Check, CheckContext } from "../check.ts";
import { listed } from "../words.ts";

const macs = ({ network }: HostFacts): string =>
  network.interfaces
    .flatMap(({ mac }) => mac ?? [])
    .toSorted()
    .join(" ");

const twins = ({ others }: CheckContext, same: (other: HostFacts, name: string) => boolean): readonly string[] =>
  [...others].filter(([name, other]) => same(other, name)).map(([name]) => name);

const sameMachineId =
  ({ facts }: CheckContext) =>
  (other: HostFacts): boolean =>
    facts.identity.machineId !== undefined && other.identity.machineId === facts.identity.machineId;

const amongOthers = ({ others }: CheckContext): boolean => others.size > 0;

/** Containers on one machine share its boot id and product UUID, clones share their machine id; network cards tell them apart. */
export const sameMachine: Check = {
  id: "same-machine",
  question: "Is every host of the configuration a machine of its own?",
  severity: "error",
  appliesTo: amongOthers,
  ask: (context) => {
    const same = twins(context, (other) => sameMachineId(context)(other) && macs(other) !== "" && macs(other) === macs(context.facts));
    if (same.length === 0) return undefined;
    return {
      problem: `this is the same machine as ${listed(same)}`,
      evidence: `machine-id ${context.facts.identity.machineId} and all network cards are equal`,
      remedy: "give each host an address of its own, or list the machine once with both roles",
    };
  },
};

export const machineIdUnique: Check = {
  id: "machine-id-unique",
  question: "Has the host a machine-id of its own?",
  severity: "warning",
  appliesTo: amongOthers,
  ask: (context) => {
    const same = twins(context, (other) => sameMachineId(context)(other) && macs(other) !== macs(context.facts));
    if (same.length === 0) return undefined;
    return {
      problem: `the machine-id is also that of ${listed(same)}: cloned machines, which may be given the same address by DHCP`,
      evidence: `/etc/machine-id: ${context.facts.identity.machineId}`,
      remedy: 'on all but one: "rm /etc/machine-id && systemd-machine-id-setup", then reboot',
    };
  },
};

const containers = ["systemd-nspawn", "lxc", "lxc-libvirt", "docker", "podman", "openvz", "container-other"];

export const productUuidUnique: Check = {
  id: "product-uuid-unique",
  question: "Has the machine a product UUID of its own?",
  severity: "warning",
  // A container sees the firmware of the machine below it.
  appliesTo: (context) => amongOthers(context) && !containers.includes(context.facts.machine.virtualization),
  ask: (context) => {
    const { productUuid } = context.facts.identity;
    const same = twins(context, (other) => productUuid !== undefined && other.identity.productUuid === productUuid);
    if (same.length === 0) return undefined;
    return {
      problem: `the product UUID is also that of ${listed(same)}: storage and cloud drivers tell nodes apart by it`,
      evidence: `/sys/class/dmi/id/product_uuid: ${productUuid}`,
      remedy: "give each virtual machine a UUID of its own in the hypervisor",
    };
  },
};

export const macUnique: Check = {
  id: "mac-unique",
  question: "Has the network card that carries the node's address a hardware address of its own?",
  severity: "warning",
  appliesTo: amongOthers,
  ask: (context) => {
    const macOf = (facts: HostFacts, name: string): string | undefined => {
      const address = context.cluster.hosts.find((host) => host.name === name)?.internalAddress;
      return address === undefined ? undefined : interfaceOf(facts.network, address)?.mac;
    };
    const mine = macOf(context.facts, context.host.name);
    const same = twins(context, (other, name) => mine !== undefined && macOf(other, name) === mine);
    if (same.length === 0) return undefined;
    return {
      problem: `the hardware address of the node's network card is also that of ${listed(same)}`,
      evidence: `${interfaceOf(context.facts.network, context.host.internalAddress)?.name}: ${mine}`,
      remedy: "on one network packets will get lost: give each machine a MAC address of its own in the hypervisor",
    };
  },
};
