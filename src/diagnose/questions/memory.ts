import { fact } from "../../facts/fact.ts";
import { toNumber } from "../../facts/text.ts";

export interface MemoryEvidence {
  /** Bytes. */
  readonly total?: number;
  /** Bytes that could be had without swapping. */
  readonly available?: number;
}

export const memory = fact(
  "memory",
  "grep -E '^(MemTotal|MemAvailable|SwapTotal|SwapFree):' /proc/meminfo\ncat /proc/pressure/memory /proc/pressure/io /proc/loadavg",
  (output): MemoryEvidence => {
    const bytes = (name: string): number | undefined => {
      const kibibytes = toNumber(new RegExp(`^${name}: +(\\d+) kB`, "m").exec(output)?.[1]);
      return kibibytes === undefined ? undefined : kibibytes * 1024;
    };
    const [total, available] = [bytes("MemTotal"), bytes("MemAvailable")];
    return { ...(total !== undefined && { total }), ...(available !== undefined && { available }) };
  },
);
