import type { Host } from "../../changes/host.ts";
import type { ClusterHost } from "../../config/types.ts";
import { toldHost } from "../../engine/told-host.ts";
import { connectLocal } from "../../host/local.ts";
import { shellHost } from "../../host/shell-host.ts";
import type { Transport } from "../../host/transport.ts";
import type { UserError } from "../../shared/errors.ts";
import type { Connected, FleetOptions } from "../options.ts";
import { onEachHost } from "../told-phase.ts";

/** Open doors to hosts, and why the others stayed shut. */
export interface Fleet {
  readonly doors: ReadonlyMap<string, Host>;
  readonly failures: ReadonlyMap<string, UserError>;
  readonly close: () => Promise<void>;
}

const open = async (host: ClusterHost, options: FleetOptions): Promise<Transport> => {
  const { prompt, bus, signal, acceptNewHostKeys } = options;
  if (host.local) {
    const sudoPassword = host.ssh.sudoPassword;
    return connectLocal(host.name, sudoPassword === undefined ? {} : { sudoPassword: () => Promise.resolve(sudoPassword) });
  }
  // Only where it is wanted: to load ssh2 takes as long as a question to this machine.
  const { connectSsh } = await import("../../host/ssh/connect.ts");
  return await connectSsh(
    { name: host.name, address: host.address, ...host.ssh },
    {
      signal,
      acceptNewHostKeys,
      log: (line) => bus.emit({ type: "exchange", host: host.name, what: line, took: 0, output: "" }),
      ...(prompt && { prompt: ({ text, secret }) => prompt(text, { secret }) }),
    },
  );
};

/** Opens a host, without a word of it: by SSH, or as this machine. */
export const reach = async (host: ClusterHost, options: FleetOptions): Promise<Connected> => {
  const transport = await open(host, options);
  return { host: shellHost(transport), counts: transport.counts };
};

/** Connects to all hosts at once, within bounds. Never throws for a single host: all that is wrong is told together. */
export const connectFleet = async (hosts: readonly ClusterHost[], options: FleetOptions): Promise<Fleet> => {
  const { bus, connect: reachBy = reach } = options;
  const connected = new Map<string, Connected>();
  const failures = await onEachHost(hosts, { phase: "connect", title: "Connect" }, options, async (host) => {
    connected.set(host.name, await reachBy(host, options));
  });
  return {
    doors: new Map([...connected].map(([name, { host }]) => [name, toldHost(host, bus)])),
    failures,
    close: async () => {
      await Promise.allSettled([...connected.values()].map(({ host }) => host.close()));
      for (const [host, { counts }] of connected) bus.emit({ type: "connection", host, ...counts });
    },
  };
};
