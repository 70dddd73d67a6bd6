import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { RootShell, Transport } from "../../src/host/transport.ts";
import { childrenOf } from "../lab/process.ts";

/**
 * A throw-away machine without systemd: its own root file system (an overlay over this machine's), process numbers, hostname and network,
 * with real root shells in it. When its keeper ends, be it because the test was killed, the kernel takes all of it away.
 */
export interface Sandbox {
  /** A file of it as this machine sees it. */
  readonly at: (path: string) => string;
  /** Folders that hold whatever was written in it, as this machine sees them: its layer over this machine's root file system, and /run. */
  readonly written: readonly string[];
  /** Starts a program in it, in a session of its own. */
  readonly spawn: (words: readonly string[]) => ChildProcessWithoutNullStreams;
  /** Runs a script in it and gives what it printed. @throws Error when it fails */
  readonly run: (script: string) => Promise<string>;
  readonly stop: () => Promise<void>;
}

// The first process of a PID namespace inherits its orphans; with SIGCHLD ignored the kernel buries them. It ends with its stdin.
const keeper = `set -e
mount -t tmpfs tmpfs "$1"; mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
cd "$1/root"
mount -t proc proc proc; mount -t tmpfs -o mode=755 tmpfs run; mount --rbind /dev dev
mkdir run/lock run/sshd; rm -rf var/lib/kbs var/lib/kubelet
ip link set lo up
hostname sandbox; echo sandbox > etc/hostname
trap '' CHLD
echo ready
exec chroot . cat`;

/** Milliseconds for the keeper to change its root, on a machine that has much to do. */
const rootWithin = 30_000;

/**
 * Resolves once the keeper has become the program that it starts behind chroot. Until then whoever enters by its root enters this machine's own, and
 * would change that.
 */
const changedRoot = async (pid: number): Promise<void> => {
  for (const late = Date.now() + rootWithin; readFileSync(`/proc/${pid}/comm`, "utf8").trim() !== "cat"; ) {
    if (Date.now() > late) throw new Error("the sandbox did not change its root");
    await sleep(5);
  }
};

export const startSandbox = async (): Promise<Sandbox> => {
  const base = mkdtempSync(join(tmpdir(), "kbs-sandbox-"));
  const namespaces = ["--mount", "--uts", "--net", "--ipc", "--pid", "--fork", "--kill-child"];
  const unshare = spawn("unshare", [...namespaces, "sh", "-c", keeper, "sh", base], { stdio: "pipe" });
  let said = "";
  unshare.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await Promise.race([once(unshare.stdout, "data"), once(unshare, "exit")]);
  const [pid] = childrenOf(unshare.pid ?? 0);
  if (pid === undefined || unshare.exitCode !== null) throw new Error(`the sandbox did not start: ${said}`);
  await changedRoot(pid);

  const enter = ["--target", String(pid), "--mount", "--uts", "--net", "--ipc", "--pid", "--root", "--wd"];
  const inside: Sandbox["spawn"] = (words) => spawn("nsenter", [...enter, "setsid", "--wait", ...words], { stdio: "pipe" });
  return {
    at: (path) => join(`/proc/${pid}/root`, path),
    written: [join(`/proc/${unshare.pid}/root`, base, "upper"), `/proc/${pid}/root/run`],
    spawn: inside,
    run: async (script) => {
      const child = inside(["/bin/sh", "-c", script]);
      child.stdin.end();
      let out = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (out += chunk.toString()));
      const [code]: unknown[] = await once(child, "close");
      if (code !== 0) throw new Error(`${script}\nended with code ${String(code)}: ${out}`);
      return out;
    },
    stop: async () => {
      const ended = once(unshare, "exit");
      unshare.stdin.end();
      await ended;
      rmSync(base, { recursive: true, force: true });
    },
  };
};

/** Root shells of a sandbox by a plain child process: what a transport must do, and no more. */
export const plainTransport = (name: string, sandbox: Sandbox): Transport => {
  const counts = { channels: 0, bytesSent: 0, bytesReceived: 0 };
  return {
    name,
    counts,
    start: async (loader) => {
      counts.channels++;
      return shellOf(sandbox.spawn(["/bin/sh", "-c", loader]));
    },
    dial: () => Promise.reject(new Error("nothing dials into a sandbox")),
    close: async () => undefined,
  };
};

const shellOf = (child: ChildProcessWithoutNullStreams): RootShell => {
  let tail = "";
  child.stderr.on("data", (chunk: Buffer) => {
    tail = (tail + chunk.toString()).slice(-4096);
  });
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderrTail: () => tail,
    ended: new Promise((resolve) => child.once("close", (code, signal) => resolve({ code, signal }))),
    abandon: () => {
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    },
  };
};
