import { canonicalAddress } from "../../shared/ip.ts";
import { type Finding, show } from "../problems.ts";
import { addressesOf } from "../roles.ts";
import { eachHost, type Rule, type View } from "./rule.ts";

const findTwice = (view: View, key: "name" | "address" | "internalAddress", identity: (index: number) => string | undefined): Finding[] => {
  const seen = new Map<string, number>();
  return eachHost(view, (host, path, index) => {
    const id = identity(index);
    if (id === undefined || host[key] === undefined) return [];
    const first = seen.get(id);
    if (first === undefined) seen.set(id, index);
    return first === undefined ? [] : [{ path: [...path, key], message: `${show(host[key])} is taken by spec.hosts[${first}]` }];
  });
};

export const duplicateNames: Rule = (view) => findTwice(view, "name", (index) => view.file.spec?.hosts?.[index]?.name);

/** Several hosts may share an address behind a port forwarding; then their ports differ. */
export const duplicateAddresses: Rule = (view) =>
  findTwice(view, "address", (index) => {
    const host = view.cluster.hosts[index];
    if (host === undefined || host.address === "" || host.local) return undefined;
    const address = canonicalAddress(host.address) ?? host.address.toLowerCase();
    return `${address} ${host.ssh.port ?? 22}`;
  });

/** A host that has no internalAddress is known by its address, which must not be another's internalAddress either. */
export const duplicateNodeAddresses: Rule = (view) => {
  const seen = new Map<string, number>();
  return eachHost(view, (host, path, index) => {
    const resolved = view.cluster.hosts[index];
    const own = resolved === undefined ? [] : addressesOf(resolved).filter((address) => canonicalAddress(address) !== undefined);
    return own.flatMap((address) => {
      const first = seen.get(address);
      if (first === undefined) seen.set(address, index);
      if (first === undefined || first === index) return [];
      const key = host.internalAddress === undefined ? "address" : "internalAddress";
      const both = key === "address" && view.file.spec?.hosts?.[first]?.internalAddress === undefined;
      const samePort = view.cluster.hosts[first]?.ssh.port === view.cluster.hosts[index]?.ssh.port;
      if (both && samePort) return []; // told already, as the same address for SSH
      return [{ path: [...path, key], message: `the node's address ${address} is taken by spec.hosts[${first}]` }];
    });
  });
};
