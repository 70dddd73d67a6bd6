import { mkdir, rm, rmdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { command } from "../lab/command.ts";
import type { LabHost } from "../lab/index.ts";
import { shareMounts, unmountBelow } from "../lab/overlay.ts";
import { until } from "../lab/process.ts";

/** Bytes: what a control plane has while images are imported, and something over. */
const diskSize = 4 * 2 ** 30;
const timeout = 180_000;

/** What of a host is written to: the layer over the shared base, and /var/lib. */
const written = ["upper", "work", "var-lib"] as const;

const directoryOf = (host: LabHost): string => dirname(host.rootDirectory);
const diskOf = (host: LabHost): string => join(directoryOf(host), "disk");
const imageOf = (host: LabHost): string => join(directoryOf(host), "disk.img");

const mountDisk = (host: LabHost): Promise<string> => command("mount", ["-o", "loop", imageOf(host), diskOf(host)], { timeout });

/** The kernel clears up what killed processes had mounted in its own time, in milliseconds at most. */
const clearing = 120_000;

/**
 * Unmounts a host's disk for good. As long as anybody still has it, a mount would give the very same file system again: as it was shut down, with
 * nothing to be read.
 */
const unmountDisk = async (host: LabHost): Promise<void> => {
  await unmountBelow(diskOf(host));
  const devices = (): Promise<string> => command("losetup", ["--associated", imageOf(host)], { timeout });
  if (!(await until(async () => (await devices()) === "", clearing)))
    throw new Error(`somebody still has what was unmounted: ${await devices()}`);
};

/**
 * Puts all that a host writes on a file system of its own: ext4 on a loop file. That can be filled, and can lose its power, without harm to this
 * machine. The host must hold nothing yet but its system.
 */
export const giveOwnDisk = async (host: LabHost): Promise<void> => {
  const directory = directoryOf(host);
  await host.kill();
  await unmountBelow(host.rootDirectory);
  await command("truncate", ["--size", String(diskSize), imageOf(host)], { timeout });
  await command("mkfs.ext4", ["-q", imageOf(host)], { timeout });
  await mkdir(diskOf(host));
  await shareMounts(directory);
  await mountDisk(host);
  await rmdir(join(diskOf(host), "lost+found"));
  for (const name of written) {
    await command("cp", ["-a", join(directory, name), diskOf(host)], { timeout });
    await rm(join(directory, name), { recursive: true });
    await symlink(join("disk", name), join(directory, name));
  }
  await host.start();
  // Its system was installed long ago.
  await command("sync", ["-f", diskOf(host)], { timeout });
};

/**
 * EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH (fs/ext4/ext4.h): from now on nothing reaches the disk, neither what waits in the page cache
 * nor the file system's own journal.
 */
const goDown = 'open(my $f, "<", $ARGV[0]) or die $!; my $how = pack("L", 2); ioctl($f, 0x8004587d, $how) or die $!;';

/** Cuts a host's power: what was not on its disk in this very moment is lost. Then gives the power back. */
export const cutPower = async (host: LabHost): Promise<void> => {
  await command("perl", ["-e", goDown, diskOf(host)], { timeout });
  await host.kill();
  await unmountBelow(host.rootDirectory);
  await unmountDisk(host);
  await mountDisk(host);
  await host.start();
};
