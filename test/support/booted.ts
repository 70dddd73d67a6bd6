import { readFileSync } from "node:fs";

/** When this machine booted, in milliseconds since the epoch. */
export const booted = (): number => Date.now() - Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1000;
