import { fact } from "./fact.ts";
import { keyValues, toNumber } from "./text.ts";

/** As Go and container images name it. */
export type Architecture = "amd64" | "arm64";

export interface MachineFact {
  /** Of the shell that answered: 0 is root. */
  readonly uid?: number;
  /** `uname -s`, such as `Linux`. */
  readonly system: string;
  /** `uname -r`, such as `6.1.0-18-amd64`. */
  readonly kernel: string;
  /** `uname -m`, such as `x86_64`. */
  readonly machine: string;
  /** Absent for machines for which Kubernetes offers no binaries here. */
  readonly architecture?: Architecture;
  /** Processors this host may use. */
  readonly cpus?: number;
  /** Bytes. */
  readonly memory?: number;
  /** As systemd-detect-virt names it (`kvm`, `oracle`, `systemd-nspawn`, `none` …); empty where it could not tell. */
  readonly virtualization: string;
}

const architectures: Readonly<Record<string, Architecture>> = { x86_64: "amd64", amd64: "amd64", aarch64: "arm64", arm64: "arm64" };

export const machine = fact(
  "machine",
  `
echo "uid=$(id -u)"
echo "uname=$(uname -srm)"
echo "cpus=$(nproc || grep -c '^processor' /proc/cpuinfo)"
while read -r key value unit; do
  case $key in MemTotal:) echo "memory=$value"; break ;; esac
done </proc/meminfo
echo "virtualization=$(systemd-detect-virt)"`,
  (output): MachineFact => {
    const values = keyValues(output);
    const [system = "", kernel = "", machine = ""] = (values.get("uname") ?? "").split(" ");
    const uid = toNumber(values.get("uid"));
    const cpus = toNumber(values.get("cpus"));
    const kibibytes = toNumber(values.get("memory"));
    const architecture = architectures[machine];
    return {
      system,
      kernel,
      machine,
      virtualization: values.get("virtualization") ?? "",
      ...(uid === undefined ? {} : { uid }),
      ...(cpus === undefined ? {} : { cpus }),
      ...(kibibytes === undefined ? {} : { memory: kibibytes * 1024 }),
      ...(architecture === undefined ? {} : { architecture }),
    };
  },
);
