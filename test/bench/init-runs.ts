import { constants } from "node:fs";
import { copyFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TimedEvent } from "../../src/engine/events.ts";
import { newToken } from "../../src/pki/token.ts";
import { imageArchive } from "../lab/archives.ts";
import { command } from "../lab/command.ts";
import { type LabHost, startLab } from "../lab/index.ts";
import { initConfig } from "../lab/kubeadm-config.ts";
import { openApi } from "./probe.ts";

/** Milliseconds after which a run has failed. */
const limit = 5 * 60_000;

const root = join(import.meta.dirname, "../..");
const executable = join(root, "build/kbs-linux-amd64");

/** Makes the executable that a user would have, so that what is measured is what the sources say. */
export const buildExecutable = async (): Promise<void> => {
  await command(process.execPath, [join(root, "scripts/build-exe.ts"), "amd64"], { timeout: 300_000, cwd: root });
};

/** One init, in milliseconds since it was begun. */
export interface InitRun {
  /** When the API answered, and the objects of DNS and of kube-proxy were in it. */
  readonly applied: number;
  /** When the command ended. */
  readonly ended: number;
}

export interface KbsInit extends InitRun {
  /** Milliseconds since the epoch. */
  readonly started: number;
  readonly events: readonly TimedEvent[];
}

/** What is typed on the machine. Both read the very same file, with the flags that leave the pod network to others. */
const lines = {
  kubeadm: "kubeadm init --config init.yaml",
  kbs: "/usr/local/bin/kbs init --config init.yaml --network none --output json",
} as const;

/** A machine without Node.js as packages have left it, with the images of a control plane. */
const prepare = async (host: LabHost): Promise<void> => {
  const images = await imageArchive("control-plane", () => undefined);
  const place = join(host.rootDirectory, "usr/local/bin");
  await mkdir(place, { recursive: true });
  await copyFile(executable, join(place, "kbs"), constants.COPYFILE_FICLONE);
  const script = "ctr --namespace k8s.io images import - >/dev/null && sync";
  const { code, stderr } = await host.run(script, { inputFile: images, timeout: limit });
  if (code !== 0) throw new Error(`the images could not be imported: ${stderr}`);
  const file = "umask 077; cat >init.yaml; cat /usr/local/bin/kbs /usr/bin/kubeadm /usr/bin/kubelet >/dev/null";
  await host.run(file, { input: initConfig(host.name, host.address, newToken().text) });
  // What the import has left to be written, and the kubelet's attempts to start, are not what is measured.
  await sleep(3000);
};

const every = 50;

/** Asks from outside until both are there. @returns milliseconds since the epoch */
const whenApplied = async (host: LabHost, signal: AbortSignal): Promise<number> => {
  let get: Awaited<ReturnType<typeof openApi>> | undefined;
  for (;;) {
    await sleep(every, undefined, { signal });
    try {
      get ??= await openApi(host);
      const both = [await get("/apis/apps/v1/deployments"), await get("/apis/apps/v1/daemonsets")];
      if (both.every((items) => items.length > 0)) return Date.now();
    } catch {
      // No file, nothing listening, no rights: not yet.
    }
  }
};

const run = async (host: LabHost, line: string): Promise<InitRun & { readonly started: number }> => {
  const failed = new AbortController();
  const applied = whenApplied(host, AbortSignal.any([failed.signal, AbortSignal.timeout(limit)]));
  const script = `s=$(date +%s%3N); ${line} >out 2>err; c=$?; echo "$s $(date +%s%3N)"; [ $c = 0 ] || { tail -n 20 out err >&2; exit $c; }`;
  try {
    const { code, stdout, stderr } = await host.run(script, { timeout: limit });
    if (code !== 0) throw new Error(`${line}: ended with code ${code}\n${stderr}`);
    const [from = 0, to = 0] = stdout.trim().split(" ").map(Number);
    return { started: from, applied: (await applied) - from, ended: to - from };
  } catch (error) {
    failed.abort();
    await applied.catch(() => undefined);
    throw error;
  }
};

const onNewHost = async <T>(name: string, work: (host: LabHost) => Promise<T>): Promise<T> => {
  const lab = await startLab({ name, hosts: 1, flavour: "prepared" });
  try {
    const [host] = lab.hosts;
    if (!host) throw new RangeError("a lab has hosts");
    await prepare(host);
    return await work(host);
  } finally {
    await lab.stop();
  }
};

export const measureKubeadmInit = (name: string): Promise<InitRun> => onNewHost(name, (host) => run(host, lines.kubeadm));

export const measureKbsInit = (name: string): Promise<KbsInit> =>
  onNewHost(name, async (host) => {
    const measured = await run(host, lines.kbs);
    const text = await readFile(join(host.rootDirectory, "root/out"), "utf8");
    const events = text.split("\n").flatMap((line): TimedEvent[] => (line === "" ? [] : [JSON.parse(line)]));
    return { ...measured, events: events.filter(({ time }) => time !== undefined) };
  });
