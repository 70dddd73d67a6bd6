import { fact } from "./fact.ts";
import { lines, sections, words } from "./text.ts";

const keys = [
  "net.ipv4.ip_forward",
  "net.ipv6.conf.all.forwarding",
  "net.ipv6.conf.default.forwarding",
  "net.bridge.bridge-nf-call-iptables",
  "net.bridge.bridge-nf-call-ip6tables",
  "net.ipv4.conf.all.rp_filter",
  "net.ipv4.conf.default.rp_filter",
  "net.netfilter.nf_conntrack_max",
  "fs.inotify.max_user_instances",
  "fs.inotify.max_user_watches",
  "kernel.pid_max",
  "kernel.threads-max",
  "vm.overcommit_memory",
  "kernel.panic",
  "kernel.panic_on_oops",
] as const;

export type SysctlKey = (typeof keys)[number];

export interface SysctlsFact {
  /** Live values. A key that this kernel does not have now is absent. */
  readonly values: Readonly<Partial<Record<SysctlKey, string>>>;
  /** /proc/sys is mounted read-only, as in many containers. */
  readonly readOnly: boolean;
}

const pathOf = (key: string): string => `/proc/sys/${key.replaceAll(".", "/")}`;

// By grep, not by the shell's own read: dash reads byte after byte, and the kernel gives a number in /proc/sys to the first read only.
export const sysctls = fact(
  "sysctls",
  `
echo '@@ values'
grep -sH '' ${keys.map(pathOf).join(" ")}
echo '@@ mounts'
grep -E '^[^ ]+ /proc(/sys)? ' /proc/self/mounts`,
  (output): SysctlsFact => {
    const parts = sections(output);
    const read = new Map(
      lines(parts.get("values") ?? "").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]),
    );
    const values = Object.fromEntries(keys.flatMap((key) => (read.has(pathOf(key)) ? [[key, read.get(pathOf(key))]] : [])));
    // The mount nearest to /proc/sys, and of several there the last, is the one that counts.
    const mounts = lines(parts.get("mounts") ?? "").map((line) => words(line));
    const nearest = mounts.findLast(([, target]) => target === "/proc/sys") ?? mounts.findLast(([, target]) => target === "/proc");
    return { values, readOnly: (nearest?.[3] ?? "").split(",").includes("ro") };
  },
);
