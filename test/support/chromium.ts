import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { command } from "../lab/command.ts";
import { updatePackageLists } from "../lab/tools.ts";

/** Programs that are Chromium, as distributions and its vendor name them. */
const names = ["chromium", "chromium-browser", "google-chrome"];

const findChromium = (): string | undefined =>
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => existsSync(path));

/**
 * The path of Chromium; it is installed where it is missing: some 124 MB from this machine's own package sources, once.
 * @throws Error when it cannot be had
 */
export const ensureChromium = async (): Promise<string> => {
  const there = findChromium();
  if (there !== undefined) return there;
  await updatePackageLists();
  const words = ["install", "-q", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300", "chromium", "fonts-dejavu-core"];
  await command("apt-get", words, { timeout: 10 * 60_000, env: { DEBIAN_FRONTEND: "noninteractive" } });
  const installed = findChromium();
  if (installed === undefined) throw new Error("the package chromium was installed, but brought no program of that name");
  return installed;
};
