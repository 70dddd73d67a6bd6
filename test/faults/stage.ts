import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabHost } from "../lab/index.ts";
import { randomOf } from "../support/random.ts";
import type { Fault } from "./faults.ts";
import { giveOwnDisk } from "./own-disk.ts";
import { type SshProxy, startProxy } from "./proxy.ts";
import type { World } from "./world.ts";

/** What of the bench stands between kbs and the hosts while a run is disturbed. */
export interface Props {
  readonly proxy?: SshProxy;
  readonly strike: () => Promise<void>;
}

/** Once for new hosts, before anything is done on them. */
export const furnish = async ({ lab }: World, { needs }: Fault): Promise<void> => {
  if (needs === "own disk") await Promise.all(lab.hosts.map(giveOwnDisk));
};

/** Puts a proxy between kbs and one host, by the operator's ~/.ssh/config, as people have them there. */
export const between = async ({ operator }: World, host: LabHost, { needs }: Fault, seed: number): Promise<Props> => {
  if (needs !== "proxy") return { strike: () => Promise.resolve() };
  const proxy = await startProxy(host.address, randomOf(seed, "proxy"));
  const file = join(operator.directory, ".ssh/config");
  writeFileSync(file, `Host ${host.address}\n  HostName 127.0.0.1\n  Port ${proxy.port}\n  HostKeyAlias ${host.address}\n`, {
    mode: 0o600,
  });
  return {
    proxy,
    strike: async () => {
      rmSync(file);
      await proxy.close();
    },
  };
};
