import { fact } from "./fact.ts";
import { keyValues } from "./text.ts";

/** What tells this machine from others. */
export interface IdentityFact {
  /** The name the kernel carries now. */
  readonly hostname: string;
  /** The name in /etc/hostname, which the next boot takes; empty where there is none. */
  readonly staticHostname: string;
  /** Absent when empty: systemd then makes one at the next boot. */
  readonly machineId?: string;
  /** From the firmware (DMI), lower case. Containers see that of the machine they run on; many arm64 boards have none. */
  readonly productUuid?: string;
}

export const identity = fact(
  "identity",
  `
show() {
  value=''
  [ -r "$2" ] && read -r value <"$2"
  echo "$1=$value"
}
show hostname /proc/sys/kernel/hostname
show static /etc/hostname
show machine /etc/machine-id
show product /sys/class/dmi/id/product_uuid`,
  (output): IdentityFact => {
    const values = keyValues(output);
    const machineId = /^[0-9a-f]{32}$/.exec(values.get("machine") ?? "")?.[0];
    const productUuid = values.get("product")?.toLowerCase();
    return {
      hostname: values.get("hostname") ?? "",
      staticHostname: (values.get("static") ?? "").replace(/^#.*/, ""),
      ...(machineId === undefined ? {} : { machineId }),
      ...(productUuid === undefined ? {} : { productUuid }),
    };
  },
);
