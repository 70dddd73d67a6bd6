import { writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

// Preloaded into the process that is measured (node --import): at its end it writes what it used, to the file that KBS_BENCH_USAGE names.

const file = process.env["KBS_BENCH_USAGE"];
if (isMainThread && file !== undefined) {
  process.once("exit", () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    writeFileSync(file, JSON.stringify({ maxRssKib: maxRSS, cpuMs: (userCPUTime + systemCPUTime) / 1000 }));
  });
}
