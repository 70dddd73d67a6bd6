import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Log } from "./cache.ts";
import { command } from "./command.ts";

/** How a tool is seen on this machine, and the Debian package that brings it. Go is not among the packages: it must be there. */
const tools = {
  go: { program: "go", package: undefined },
  gcc: { program: "gcc", package: "gcc libc6-dev" },
  "pkg-config": { program: "pkg-config", package: "pkg-config" },
  libseccomp: { file: "/usr/include/seccomp.h", package: "libseccomp-dev" },
  mmdebstrap: { program: "mmdebstrap", package: "mmdebstrap" },
  nspawn: { program: "systemd-nspawn", package: "systemd-container" },
  ip: { program: "ip", package: "iproute2" },
  iptables: { program: "iptables", package: "iptables" },
  ssh: { program: "ssh", package: "openssh-client" },
  qemu: { program: "qemu-system-x86_64", package: "qemu-system-x86" },
  nbdkit: { program: "nbdkit", package: "nbdkit" },
  openssl: { program: "openssl", package: "openssl" },
} as const satisfies Record<string, { program?: string; file?: string; package: string | undefined }>;

export type Tool = keyof typeof tools;

/** The path of a program, where $PATH or the administrator's folders have it. */
const programPath = (program: string): string | undefined =>
  [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"]
    .map((directory) => join(directory, program))
    .find((path) => existsSync(path));

const isThere = (tool: Tool): boolean => {
  const wanted: { program?: string; file?: string } = tools[tool];
  return wanted.file === undefined ? programPath(wanted.program ?? tool) !== undefined : existsSync(wanted.file);
};

const aptOptions = { timeout: 10 * 60_000, env: { DEBIAN_FRONTEND: "noninteractive" } };
let updated: Promise<string> | undefined;

/** Fetches this machine's package lists, once per process. */
export const updatePackageLists = async (): Promise<void> => {
  updated ??= command("apt-get", ["update", "-q"], aptOptions);
  await updated;
};

/**
 * Installs those of the tools that are missing, with this machine's own package sources.
 * @throws Error when one cannot be had.
 */
export const ensureTools = async (wanted: readonly Tool[], log: Log): Promise<void> => {
  const missing = wanted.filter((tool) => !isThere(tool));
  if (missing.length === 0) return;
  const packages = missing.flatMap((tool) => tools[tool].package?.split(" ") ?? []);
  const none = missing.filter((tool) => tools[tool].package === undefined);
  if (none.length > 0) throw new Error(`the lab builds Kubernetes from source and needs ${none.join(", ")}: install it and put it on PATH`);
  if (programPath("apt-get") === undefined) throw new Error(`the lab needs ${missing.join(", ")}, and there is no apt-get to install them`);
  log(`installing ${packages.join(", ")}`);
  await updatePackageLists();
  await command("apt-get", ["install", "-q", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300", ...packages], aptOptions);
};
