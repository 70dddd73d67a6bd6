import type { Host } from "../../src/changes/host.ts";
import { type FakeMachine, fakeHost } from "./fake-host.ts";

/** A machine on which nobody listens, and where it was tried: `address port`. */
export const deafHost = (machine: FakeMachine): { readonly host: Host; readonly dialled: Set<string> } => {
  const dialled = new Set<string>();
  const dial = async (address: string, port: number): Promise<never> => {
    dialled.add(`${address} ${port}`);
    throw new Error("connection refused");
  };
  return { host: { ...fakeHost(machine).host, dial }, dialled };
};
