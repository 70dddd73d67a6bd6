import { fact } from "./fact.ts";
import { lines, sections, words } from "./text.ts";

export interface SwapFact {
  /** Devices and files in use now. */
  readonly active: readonly string[];
  /** Lines of /etc/fstab that bring swap back at the next boot, as written. */
  readonly fstab: readonly string[];
  /** systemd's swap units, such as `dev-zram0.swap` or `dev-sda3.swap`; those made from fstab lines are among them. */
  readonly units: readonly string[];
}

export const swap = fact(
  "swap",
  `
echo '@@ active'
cat /proc/swaps
echo '@@ fstab'
grep -E '^[[:space:]]*[^#[:space:]]+[[:space:]]+[^[:space:]]+[[:space:]]+swap([[:space:]]|$)' /etc/fstab
echo '@@ units'
systemctl --no-pager --no-legend --plain --all --type=swap list-units`,
  (output): SwapFact => {
    const parts = sections(output);
    const firstWords = (name: string): readonly string[] => lines(parts.get(name) ?? "").map((line) => words(line)[0] ?? "");
    return {
      active: firstWords("active").filter((name) => name !== "Filename"),
      fstab: lines(parts.get("fstab") ?? ""),
      units: firstWords("units").filter((name) => name.endsWith(".swap")),
    };
  },
);
