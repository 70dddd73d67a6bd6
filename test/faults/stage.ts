import { rmSync, writeFileSync } from "node:fs";
import { rename, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { command } from "../lab/command.ts";
import type { LabHost } from "../lab/index.ts";
import { randomOf } from "../support/random.ts";
import type { Fault } from "./faults.ts";
import { type SshProxy, startProxy } from "./proxy.ts";
import type { World } from "./world.ts";

/** Bytes: what a control plane has in /var/lib while images are imported, and something over. */
const smallDisk = 3 * 2 ** 30;
const timeout = 120_000;

/** Puts a host's /var/lib on a file system of its own, which can be filled without harm to this machine. */
const giveSmallDisk = async (host: LabHost): Promise<void> => {
  await host.kill();
  const [image, old] = [join(dirname(host.varLibDirectory), "disk.img"), `${host.varLibDirectory}.old`];
  await rename(host.varLibDirectory, old);
  await command("truncate", ["--size", String(smallDisk), image], { timeout });
  await command("mkfs.ext4", ["-q", image], { timeout });
  await command("mkdir", [host.varLibDirectory], { timeout });
  await command("mount", ["-o", "loop", image, host.varLibDirectory], { timeout });
  await rmdir(join(host.varLibDirectory, "lost+found"));
  await command("cp", ["-a", `${old}/.`, host.varLibDirectory], { timeout });
  await host.start();
};

/** What of the bench stands between kbs and the hosts while a run is disturbed. */
export interface Props {
  readonly proxy?: SshProxy;
  readonly strike: () => Promise<void>;
}

/** Once for new hosts, before anything is done on them. */
export const furnish = async ({ lab }: World, { needs }: Fault): Promise<void> => {
  if (needs === "small disk") await Promise.all(lab.hosts.map(giveSmallDisk));
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
