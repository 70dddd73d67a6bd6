import type { HostFacts } from "../../facts/index.ts";
import { interfaceOf } from "../../facts/network.ts";
import type { Check, CheckContext } from "../check.ts";
import { groups } from "../fleet.ts";
import { listed } from "../words.ts";

const macs = ({ network }: HostFacts): string =>
  network.interfaces
    .flatMap(({ mac }) => mac ?? [])
    .toSorted()
    .join(" ");

const withMachineId = groups(({ identity }) => identity.machineId);
const withMachineIdAndCards = groups((facts) => facts.identity.machineId && `${facts.identity.machineId} ${macs(facts)}`);
const withProductUuid = groups(({ identity }) => identity.productUuid);
const withCard = groups((facts, host) => host && interfaceOf(facts.network, host.internalAddress)?.mac);

const amongOthers = ({ others }: CheckContext): boolean => others.size > 0;

/** Containers on one machine share its boot id and product UUID, clones share their machine id; network cards tell them apart. */
export const sameMachine: Check = {
  id: "same-machine",
  question: "Is every host of the configuration a machine of its own?",
  severity: "error",
  appliesTo: amongOthers,
  ask: (context) => {
    const same = macs(context.facts) === "" ? [] : withMachineIdAndCards(context);
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
    const machines = new Set(withMachineIdAndCards(context));
    const same = withMachineId(context).filter((name) => !machines.has(name));
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
    const same = withProductUuid(context);
    if (same.length === 0) return undefined;
    return {
      problem: `the product UUID is also that of ${listed(same)}: storage and cloud drivers tell nodes apart by it`,
      evidence: `/sys/class/dmi/id/product_uuid: ${context.facts.identity.productUuid}`,
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
    const same = withCard(context);
    if (same.length === 0) return undefined;
    const card = interfaceOf(context.facts.network, context.host.internalAddress);
    return {
      problem: `the hardware address of the node's network card is also that of ${listed(same)}`,
      evidence: `${card?.name}: ${card?.mac}`,
      remedy: "on one network packets will get lost: give each machine a MAC address of its own in the hypervisor",
    };
  },
};
