import type { CommandName } from "../facts/commands.ts";
import type { OsFact } from "../facts/os.ts";

/** Distributions whose packages bear the same names. */
export type OsFamily = "debian" | "rhel" | "suse";

const ids: Readonly<Record<string, OsFamily>> = {
  debian: "debian",
  ubuntu: "debian",
  rhel: "rhel",
  fedora: "rhel",
  centos: "rhel",
  amzn: "rhel",
  openEuler: "rhel",
  kylin: "rhel",
  suse: "suse",
  opensuse: "suse",
  sles: "suse",
};

/** By what the system calls itself, then by what it calls itself close to. */
export const familyOf = ({ id, idLike }: OsFact): OsFamily | undefined =>
  [id, ...idLike].map((name) => ids[name]).find((family) => family !== undefined);

/** Where a package's name depends on the family, in the order debian, rhel, suse. */
const packages: Readonly<Partial<Record<CommandName, string | readonly [string, string, string]>>> = {
  ip: ["iproute2", "iproute", "iproute2"],
  iptables: "iptables",
  conntrack: ["conntrack", "conntrack-tools", "conntrack-tools"],
  socat: "socat",
  ethtool: "ethtool",
  flock: ["util-linux", "util-linux-core", "util-linux"],
  setsid: "util-linux",
  mount: ["mount", "util-linux-core", "util-linux"],
  losetup: ["mount", "util-linux-core", "util-linux"],
  swapoff: ["mount", "util-linux", "util-linux"],
  modprobe: "kmod",
  tar: "tar",
  gzip: "gzip",
  xargs: "findutils",
  find: "findutils",
  grep: "grep",
  sed: "sed",
  systemctl: "systemd",
};

const installers: Readonly<Record<OsFamily, string>> = { debian: "apt-get install", rhel: "dnf install", suse: "zypper install" };

/** The command that installs the packages of some missing commands. */
export const installHint = (os: OsFact, missing: readonly CommandName[]): string => {
  const family = familyOf(os) ?? "debian";
  const column = { debian: 0, rhel: 1, suse: 2 }[family];
  const names = missing.map((name) => {
    const entry = packages[name] ?? "coreutils";
    return typeof entry === "string" ? entry : (entry[column] ?? name);
  });
  const unique = [...new Set(names)].join(" ");
  return familyOf(os) === undefined ? `install ${unique} (names as in Debian)` : `${installers[family]} ${unique}`;
};
