import { fact } from "./fact.ts";
import { keyValues } from "./text.ts";

export interface SecurityFact {
  readonly selinux: "enforcing" | "permissive" | "disabled";
  readonly apparmor: boolean;
  /** Whether ufw filters. Its service counts as active even when it does not, so its configuration is read. */
  readonly ufw: boolean;
}

export const security = fact(
  "security",
  `
selinux='' apparmor=''
[ -r /sys/fs/selinux/enforce ] && { read -r selinux || [ -n "$selinux" ]; } </sys/fs/selinux/enforce
[ -r /sys/module/apparmor/parameters/enabled ] && read -r apparmor </sys/module/apparmor/parameters/enabled
echo "selinux=$selinux"
echo "apparmor=$apparmor"
if command -v ufw >/dev/null; then
  while read -r line; do
    case $line in ENABLED=*) echo "ufw=\${line#ENABLED=}" ;; esac
  done </etc/ufw/ufw.conf
fi`,
  (output): SecurityFact => {
    const values = keyValues(output);
    const enforce = values.get("selinux");
    return {
      selinux: enforce === "1" ? "enforcing" : enforce === "0" ? "permissive" : "disabled",
      apparmor: values.get("apparmor") === "Y",
      ufw: values.get("ufw")?.toLowerCase() === "yes",
    };
  },
);
