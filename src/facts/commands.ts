import { fact } from "./fact.ts";
import { keyValues } from "./text.ts";

const names = (
  [
    ["mount", "umount", "losetup", "cp", "mv", "ln", "mkdir", "chmod", "cat", "head", "date", "stat", "sync", "sha256sum", "base64"],
    ["flock", "timeout", "setsid", "sleep", "tar", "gzip", "xargs", "find", "grep", "sed", "awk", "sysctl", "modprobe", "swapoff"],
    ["ip", "iptables", "nft", "conntrack", "ethtool", "socat", "systemctl", "hostnamectl"],
  ] as const
).flat();

export type CommandName = (typeof names)[number];

/** Command to the path at which a systemd service would find it; one that is not installed is absent. */
export type CommandsFact = Readonly<Partial<Record<CommandName, string>>>;

export const commands = fact(
  "commands",
  `for name in ${names.join(" ")}; do echo "$name=$(command -v "$name")"; done`,
  (output): CommandsFact => Object.fromEntries(keyValues(output)),
);
