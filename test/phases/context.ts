import { isControlPlane } from "../../src/config/roles.ts";
import type { PackagedFact } from "../../src/facts/packaged.ts";
import { type Context, hostNamed, Learned } from "../../src/phases/context.ts";
import { prepareKeys } from "../../src/pki/keys.ts";
import { imageNames } from "../../src/supply/images.ts";
import { provisionOf } from "../../src/supply/provision.ts";
import { cluster } from "../templates/cluster.ts";

/** A host on which kbs brings all of a node. */
export const nothingPackaged: PackagedFact = { images: [], programs: [] };

const nobody = (name: string): never => {
  throw new Error(`nothing may be asked of ${name}`);
};

/** What the phases of a run share on a fleet that was never touched and of which nobody answers. */
export const contextOf = (changes: Partial<Context> = {}): Context => {
  const wished = changes.cluster ?? cluster;
  return {
    cluster: wished,
    hosts: wished.hosts,
    touched: new Set(wished.hosts.map(({ name }) => name)),
    facts: new Map(),
    pkiFound: new Map(),
    etcdData: new Set(),
    joined: new Set(),
    clusterId: "0f0e",
    ticket: { cluster: { id: "0f0e", name: wished.name }, run: "run-1" },
    images: imageNames(wished),
    software: nobody,
    provision: (name) => provisionOf(hostNamed(wished, name), wished, nothingPackaged),
    door: nobody,
    lost: new Set(),
    first: wished.hosts.find(isControlPlane)?.name ?? "",
    learned: new Learned(),
    keys: () => prepareKeys("ECDSA-P256", 0),
    memberKeys: () => prepareKeys("ECDSA-P256", 0),
    now: new Date(),
    ...changes,
  };
};
