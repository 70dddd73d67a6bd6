import { homedir } from "node:os";
import { join } from "node:path";

/** Where everything that was built is kept, outside the working tree: `$KBS_LAB_CACHE`, or `kbs-lab` in the user's cache folder. */
export const cacheDirectory = (): string =>
  process.env["KBS_LAB_CACHE"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "kbs-lab");

/** The folder with one folder per lab: its hosts' disks, keys and recorded processes. `$KBS_LAB_STATE` or /var/lib/kbs-lab. */
export const stateDirectory = (): string => process.env["KBS_LAB_STATE"] ?? "/var/lib/kbs-lab";
