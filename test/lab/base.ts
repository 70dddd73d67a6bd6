import { release } from "node:os";
import { join } from "node:path";
import { cached, type Log } from "./cache.ts";
import { makeRootFileSystem, mmdebstrapOptions } from "./debian.ts";

/** The password of the user `carol`, whom sudo asks for one. */
export const carolPassword = "carols password";

/** What a server's minimal installation has: no container runtime, no Kubernetes, no Python, no Node.js. */
export const basePackages =
  "systemd systemd-sysv dbus openssh-server sudo ca-certificates curl openssl procps kmod util-linux mount xz-utils zstd " +
  "iproute2 iptables nftables ipset conntrack ethtool ebtables socat";

// The kernel has these built in. A distribution ships a table of them, which tells modprobe that there is nothing to load.
const builtInModules = {
  OVERLAY_FS: "fs/overlayfs/overlay",
  BRIDGE_NETFILTER: "net/bridge/br_netfilter",
  NF_CONNTRACK: "net/netfilter/nf_conntrack",
  VXLAN: "drivers/net/vxlan/vxlan",
  NF_TABLES: "net/netfilter/nf_tables",
  IP_NF_IPTABLES: "net/ipv4/netfilter/ip_tables",
  IP_SET: "net/netfilter/ipset/ip_set",
  VETH: "drivers/net/veth",
  BRIDGE: "net/bridge/bridge",
};

const moduleTable = (kernel: string): string => `
if [ -r /proc/config.gz ] && [ ! -d /lib/modules/${kernel} ]; then
  mkdir -p "$1/lib/modules/${kernel}"
  : > "$1/lib/modules/${kernel}/modules.builtin"
  : > "$1/lib/modules/${kernel}/modules.order"
${Object.entries(builtInModules)
  .map(
    ([option, path]) =>
      `  ! zcat /proc/config.gz | grep -q '^CONFIG_${option}=y' || echo kernel/${path}.ko >> "$1/lib/modules/${kernel}/modules.builtin"`,
  )
  .join("\n")}
  chroot "$1" depmod ${kernel}
fi`;

// Everything under /proc/sys, /sys and the cgroups is read-only in a new container; a real host may write there.
// The remounts happen in the container's own mount namespace. What the kernel swaps to is this machine's, and no host's to turn off.
const worldUnit = `[Unit]
Description=Make the kernel's file systems writable, as on a machine of its own
DefaultDependencies=no
Before=sysinit.target systemd-sysctl.service systemd-modules-load.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'grep -o "^[^ ]* /sys/fs/cgroup[^ ]*" /proc/mounts | while read -r _ at; do mount -o remount,bind,rw "$at"; done; \\
  mount -o remount,bind,rw /proc/sys; mount -o remount,rw /sys; mount --make-rshared /; \\
  head -n 1 /proc/swaps > /run/swaps && mount --bind -o ro /run/swaps /proc/swaps'
[Install]
WantedBy=sysinit.target
`;

// With a writable /sys, systemd-networkd would wait for a udev which no container has.
const networkdDropIn = `[Service]
ReadOnlyPaths=/sys
`;

// An API server that has lost its etcd does not end by itself, and a lab has no 90 s to wait for it.
const managerDropIn = `[Manager]
DefaultTimeoutStopSec=15s
`;

const customize = (kernel: string): string => `set -eu
cat > "$1/etc/systemd/system/lab-world.service" <<'END'
${worldUnit}END
mkdir "$1/etc/systemd/system/systemd-networkd.service.d"
echo '${networkdDropIn}' > "$1/etc/systemd/system/systemd-networkd.service.d/lab.conf"
chroot "$1" systemctl enable lab-world.service systemd-networkd.service ssh.service
chroot "$1" systemctl disable systemd-networkd-wait-online.service e2scrub_reap.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer
chroot "$1" useradd --create-home --shell /bin/bash admin
chroot "$1" useradd --create-home --shell /bin/bash --groups sudo carol
echo 'carol:${carolPassword}' | chroot "$1" chpasswd
echo 'admin ALL=(ALL:ALL) NOPASSWD: ALL' > "$1/etc/sudoers.d/admin"
chmod 0440 "$1/etc/sudoers.d/admin"
printf 'PermitRootLogin prohibit-password\\nUseDNS no\\n' > "$1/etc/ssh/sshd_config.d/lab.conf"
mkdir "$1/etc/systemd/system.conf.d"
echo '${managerDropIn}' > "$1/etc/systemd/system.conf.d/lab.conf"
rm -f "$1"/etc/ssh/ssh_host_* "$1/etc/hostname" "$1/etc/resolv.conf" "$1/etc/apt/sources.list"
: > "$1/etc/machine-id"
${moduleTable(kernel)}
`;

/** The root file system that every host of a lab stands on. Its folder is never written to again. */
export const baseRoot = async (log: Log): Promise<string> => {
  const recipe = { packages: basePackages.split(" "), customize: customize(release()), variant: "minbase" } as const;
  const path = await cached("base", mmdebstrapOptions(recipe), log, (directory) => makeRootFileSystem(directory, recipe, log));
  return join(path, "root");
};
