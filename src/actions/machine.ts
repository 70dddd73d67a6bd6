import type { ClusterHost } from "../config/types.ts";
import type { HostMachine } from "../engine/events.ts";
import type { HostFacts } from "../facts/index.ts";

/** What of a host's facts a person asks for first when a run is looked back at. */
export const machineOf = ({ name, roles, address }: ClusterHost, { os, machine }: HostFacts): HostMachine & { readonly host: string } => {
  const { kernel, virtualization, cpus, memory } = machine;
  const architecture = machine.architecture ?? machine.machine;
  return {
    host: name,
    roles,
    address,
    ...(os.pretty !== "" && { os: os.pretty }),
    ...(kernel !== "" && { kernel }),
    ...(architecture !== "" && { architecture }),
    ...(cpus !== undefined && { cpus }),
    ...(memory !== undefined && { memory }),
    ...(virtualization !== "" && { virtualization }),
  };
};
