import { fact } from "./fact.ts";
import { keyValues, sections, toNumber } from "./text.ts";

export interface Unit {
  /** `loaded`, `not-found`, `masked` … */
  readonly load: string;
  /** `active`, `activating`, `inactive`, `failed` … */
  readonly active: string;
  /** `enabled`, `disabled`, `static` …; empty for a unit without a file. */
  readonly file: string;
}

export interface SystemdFact {
  /** Whether systemd is process 1 here, not merely installed. */
  readonly running: boolean;
  /** Major version, such as 252. */
  readonly version?: number;
  /** `running`, `degraded`, `starting`, `maintenance` … */
  readonly state: string;
  /** The services that were asked for, without `.service`. An alias appears under its real name only. */
  readonly units: Readonly<Record<string, Unit>>;
}

const asked = [
  ["containerd", "docker", "crio", "kubelet", "etcd"],
  ["firewalld", "ufw", "nftables", "apparmor", "nm-cloud-setup"],
  ["systemd-resolved", "systemd-networkd", "NetworkManager"],
  ["systemd-timesyncd", "chronyd", "chrony", "ntpd", "ntpsec"],
  ["k3s", "k3s-agent", "rke2-server", "rke2-agent", "k0scontroller", "k0sworker", "snap.microk8s.daemon-kubelite"],
].flat();

const parseUnits = (text: string): SystemdFact["units"] =>
  Object.fromEntries(
    text.split(/\n\s*\n/).flatMap((block): [string, Unit][] => {
      const values = keyValues(block);
      const id = values.get("Id")?.replace(/\.service$/, "");
      const field = (name: string): string => values.get(name) ?? "";
      return id === undefined ? [] : [[id, { load: field("LoadState"), active: field("ActiveState"), file: field("UnitFileState") }]];
    }),
  );

export const systemd = fact(
  "systemd",
  `
echo '@@ manager'
[ -d /run/systemd/system ] && echo running=yes
if command -v systemctl >/dev/null; then
  systemctl --no-pager show -p Version -p SystemState
  echo '@@ units'
  systemctl --no-pager show -p Id -p LoadState -p ActiveState -p UnitFileState ${asked.map((unit) => `${unit}.service`).join(" ")}
else
  echo systemctl: missing
fi`,
  (output): SystemdFact => {
    const parts = sections(output);
    const manager = keyValues(parts.get("manager") ?? "");
    const version = toNumber(/\d+/.exec(manager.get("Version") ?? "")?.[0]);
    return {
      running: manager.get("running") === "yes",
      state: manager.get("SystemState") ?? "",
      units: parseUnits(parts.get("units") ?? ""),
      ...(version === undefined ? {} : { version }),
    };
  },
);

/** Active means what kubeadm takes it to mean: `active` or `activating`, so a service that starts again and again counts. */
export const isActive = (fact: SystemdFact, unit: string): boolean => ["active", "activating"].includes(fact.units[unit]?.active ?? "");
