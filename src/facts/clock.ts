import { fact } from "./fact.ts";
import { keyValues, toNumber } from "./text.ts";

export interface ClockFact {
  /** The host's wall clock when it was asked, in milliseconds since 1970. */
  readonly epochMs?: number;
  /** How exact `epochMs` is: 1, or 1000 where `date` knows no %N (busybox). */
  readonly precisionMs: number;
  /** Seconds since boot. */
  readonly uptime?: number;
  readonly bootId?: string;
}

/** Asked first of all, so that the wall clock is read close to the moment at which the message went out. */
export const clock = fact(
  "clock",
  `
echo "epoch=$(date +%s%N)"
up='' id=''
read -r up rest </proc/uptime
read -r id </proc/sys/kernel/random/boot_id
echo "uptime=$up"
echo "boot=$id"`,
  (output): ClockFact => {
    const values = keyValues(output);
    const [, seconds, nanos = ""] = /^(\d{9,11}?)(\d{9})?\D*$/.exec(values.get("epoch") ?? "") ?? [];
    const uptime = toNumber(values.get("uptime"));
    const bootId = values.get("boot");
    return {
      ...(seconds === undefined ? {} : { epochMs: Number(seconds) * 1000 + Math.floor(Number(nanos) / 1e6) }),
      precisionMs: nanos === "" ? 1000 : 1,
      ...(uptime === undefined ? {} : { uptime }),
      ...(bootId === undefined ? {} : { bootId }),
    };
  },
);
