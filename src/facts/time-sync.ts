import { fact } from "./fact.ts";

export type TimeSync = "synchronised" | "not-synchronised" | "unknown";

/** Whether the kernel says that something keeps the clock right; timedatectl reads that for every daemon (timesyncd, chrony, ntpd) alike. */
export const timeSync = fact(
  "timeSync",
  `
limit='' ; command -v timeout >/dev/null && limit='timeout 3'
$limit timedatectl show -p NTPSynchronized || echo NTPSynchronized=unknown`,
  (output): TimeSync => {
    const [, value] = /^NTPSynchronized=(\w+)/m.exec(output) ?? [];
    return value === "yes" ? "synchronised" : value === "no" ? "not-synchronised" : "unknown";
  },
  { within: 10 },
);
