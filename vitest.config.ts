import { defineConfig } from "vitest/config";

// Two projects: `unit` needs nothing but Node.js; `cluster` needs the lab (Linux, root) and runs one file at a time on shared hosts.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/cluster/**", "test/full/**"],
          pool: "threads",
          // Most of them wait: for processes, for sshd, for clocks. One worker for each processor would leave those idle.
          maxWorkers: 3,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "cluster",
          include: ["test/cluster/**/*.test.ts"],
          pool: "forks",
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 2_400_000,
        },
      },
      {
        test: {
          name: "full",
          include: ["test/full/**/*.test.ts"],
          pool: "forks",
          fileParallelism: false,
          testTimeout: 7_200_000,
          hookTimeout: 2_400_000,
        },
      },
    ],
  },
});
