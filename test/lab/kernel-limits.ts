import { readFile, writeFile } from "node:fs/promises";

const watchers = "/proc/sys/fs/inotify/max_user_instances";

/** Each host's systemd, kubelet and kube-proxy want some; a machine of its own has 128 for one host, and here all hosts are one user. */
const enough = 1024;

/** Gives the hosts of a machine as much of what its kernel counts by user as if each had a kernel of its own. Never lowers a limit. */
export const raiseKernelLimits = async (): Promise<void> => {
  if (Number(await readFile(watchers, "utf8")) < enough) await writeFile(watchers, String(enough));
};
