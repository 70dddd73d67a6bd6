import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { basePackages } from "./base.ts";
import { cached, type Log } from "./cache.ts";
import { command } from "./command.ts";
import { makeRootFileSystem, mmdebstrapOptions } from "./debian.ts";

/** The system of a virtual machine, which QEMU boots without a boot loader. */
export interface GuestBase {
  /** A raw image of one ext4, never written to. */
  readonly image: string;
  readonly kernel: string;
  readonly initrd: string;
}

/** Bytes: a worker with its images, some times over. The image has holes, so it costs what is in it. */
const diskSize = 6 * 2 ** 30;

// A kernel that is made for virtual machines, in place of the container hosts' own; udev, since there are devices to name.
const kernelPackages = "linux-image-cloud-amd64 initramfs-tools udev";

/** What the kernel needs before it has its disk: an emulated processor takes half a minute to unpack what a PC might need. */
const early = ["virtio_pci", "virtio_blk", "ext4"];

const customize = `set -eu
chroot "$1" systemctl enable systemd-networkd.service ssh.service
chroot "$1" systemctl disable systemd-networkd-wait-online.service e2scrub_reap.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer
printf 'PermitRootLogin prohibit-password\\nUseDNS no\\n' > "$1/etc/ssh/sshd_config.d/lab.conf"
sed -i 's/^MODULES=.*/MODULES=list/' "$1/etc/initramfs-tools/initramfs.conf"
printf '%s\\n' ${early.join(" ")} >> "$1/etc/initramfs-tools/modules"
chroot "$1" update-initramfs -u
rm -f "$1"/etc/ssh/ssh_host_* "$1/etc/hostname" "$1/etc/resolv.conf" "$1/etc/apt/sources.list"
: > "$1/etc/machine-id"
# What a first boot would do and write, so that a disk is the same before it and after.
chroot "$1" systemd-sysusers
chroot "$1" systemd-tmpfiles --create --boot --prefix=/etc --prefix=/var --prefix=/srv --prefix=/home --prefix=/root || :
`;

/** A minimal Debian with its own kernel, for a virtual machine of a lab. */
export const guestBase = async (log: Log): Promise<GuestBase> => {
  const recipe = { packages: [...basePackages.split(" "), ...kernelPackages.split(" ")], customize, variant: "minbase" } as const;
  const path = await cached("guest", { recipe: mmdebstrapOptions(recipe), diskSize }, log, async (directory) => {
    await makeRootFileSystem(directory, recipe, log);
    const root = join(directory, "root");
    for (const name of ["vmlinuz", "initrd"])
      await command("sh", ["-c", `cp -L "$1"/boot/${name}*-cloud-amd64 "$2"`, "sh", root, join(directory, name)], { timeout: 60_000 });
    const half = join(directory, "disk.half");
    await command("truncate", ["--size", String(diskSize), half], { timeout: 20_000 });
    await command("mkfs.ext4", ["-q", "-d", root, half], { timeout: 300_000 });
    await rename(half, join(directory, "disk.img"));
    await rm(root, { recursive: true });
  });
  return { image: join(path, "disk.img"), kernel: join(path, "vmlinuz"), initrd: join(path, "initrd") };
};
