import { fact } from "./fact.ts";

/**
 * Whether kbs has left anything in its own folder: also true of a host that belongs to no cluster, where a run was killed before its first
 * change or while the last trace was taken away.
 */
export const remains = fact("remains", "[ -d /var/lib/kbs ] && echo yes", (output): boolean => output.trim() === "yes");
