import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Holds a lock between processes while `work` runs. The lock is the kernel's (flock), held by a child that lives as long as
 * its stdin is open: it goes with this process however that ends.
 * @param waiting called once when another process holds the lock.
 * @throws Error when it is not free within `timeout` ms.
 */
export const withLock = async <T>(file: string, timeout: number, waiting: () => void, work: () => Promise<T>): Promise<T> => {
  await mkdir(dirname(file), { recursive: true });
  const child = spawn("flock", ["--timeout", String(Math.ceil(timeout / 1000)), file, "sh", "-c", "echo held; exec cat"], {
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
  });
  const notice = setTimeout(waiting, 500);
  try {
    await new Promise<void>((resolve, reject) => {
      child.stdout.once("data", () => resolve());
      child.once("error", reject);
      child.once("close", () => reject(new Error(`${file} was held by another process for ${timeout / 1000} s`)));
    });
    clearTimeout(notice);
    return await work();
  } finally {
    clearTimeout(notice);
    child.stdin.end();
  }
};
