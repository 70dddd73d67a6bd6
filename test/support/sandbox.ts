import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Host } from "../../src/changes/host.ts";
import { shellHost } from "../../src/host/shell-host.ts";
import type { Transport } from "../../src/host/transport.ts";

/** A throw-away root file system over this machine's own, with a real root shell in it: files are real, services are not. */
export interface Sandbox {
  readonly host: Host;
  readonly transport: Transport;
  /** Its root directory as this machine sees it. */
  readonly root: string;
  readonly stop: () => void;
}

export const startSandbox = (name = "sandbox"): Sandbox => {
  const base = mkdtempSync(join(tmpdir(), "kbs-sandbox-"));
  const at = (part: string): string => join(base, part);
  for (const part of ["upper", "work", "root"]) mkdirSync(at(part));
  execFileSync("mount", ["-t", "overlay", "overlay", "-o", `lowerdir=/,upperdir=${at("upper")},workdir=${at("work")}`, at("root")]);
  for (const [type, path] of [
    ["proc", "proc"],
    ["tmpfs", "run"],
    ["tmpfs", "tmp"],
  ] as const)
    execFileSync("mount", ["-t", type, type, join(at("root"), path)]);
  execFileSync("mount", ["--rbind", "/dev", join(at("root"), "dev")]);
  const transport = chrootTransport(name, at("root"));
  return {
    host: shellHost(transport),
    transport,
    root: at("root"),
    stop: () => {
      for (const path of ["dev", "proc", "run", "tmp", ""]) execFileSync("umount", ["-l", join(at("root"), path)]);
      rmSync(base, { recursive: true, force: true });
    },
  };
};

const chrootTransport = (name: string, root: string): Transport => {
  let channels = 0;
  return {
    name,
    start: async (loader) => {
      channels++;
      const child = spawn("setsid", ["-w", "chroot", root, "/bin/sh", "-c", loader], { stdio: "pipe" });
      let tail = "";
      child.stderr.on("data", (chunk: Buffer) => {
        tail = (tail + chunk.toString()).slice(-4096);
      });
      const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
        child.on("close", (code, signal) => resolve({ code, signal }));
      });
      return { stdin: child.stdin, stdout: child.stdout, stderrTail: () => tail, ended, abandon: () => child.kill("SIGKILL") };
    },
    dial: () => Promise.reject(new Error("a sandbox has no network of its own")),
    get counts() {
      return { channels, bytesSent: 0, bytesReceived: 0 };
    },
    close: async () => undefined,
  };
};
