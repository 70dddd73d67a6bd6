import { chmod, mkdir, open, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { command } from "../lab/command.ts";
import type { LabHost } from "../lab/index.ts";
import { killSession } from "../support/kill-session.ts";
import type { Run } from "../support/operator.ts";
import { letGo } from "./host-side.ts";
import { cutPower } from "./own-disk.ts";
import type { SshProxy } from "./proxy.ts";
import type { World } from "./world.ts";

/** A run that stands at a boundary. */
export interface Scene {
  readonly world: World;
  readonly run: Run;
  readonly host: LabHost;
  /** Of the script that stands there, as the host numbers it. */
  readonly session: number;
  /** Between kbs and that host; only for faults that say so. */
  readonly proxy?: SshProxy;
}

export interface Fault {
  readonly title: string;
  /** How such a run may end; null: by the signal. 1 would be a bug of kbs. */
  readonly ends: readonly (number | null)[];
  /** What happens at the boundary. The script goes on afterwards if it still can. */
  readonly strike: (scene: Scene) => Promise<void>;
  /** Once kbs has ended: the cause is taken away. */
  readonly mend?: (scene: Scene) => Promise<void>;
  readonly needs?: "own disk" | "proxy";
}

const killed = [null];
/** 4: a host counts as unreachable. 5: a phase has failed. */
const failed = [4, 5];
/** What a run may well get over. */
const survived = [0, ...failed];

const killKbs = async ({ run }: Scene): Promise<void> => {
  run.kill();
  await run.ended;
};

/** @throws Error when nobody is there to be killed: the case would prove nothing */
const killScript = async ({ host, session }: Scene): Promise<void> => {
  const victims = await killSession(host, session);
  if (victims.length === 0) throw new Error(`session ${session} of ${host.name}, which stands at the boundary, has no process`);
};

const cutFilter = `table inet kbs-fault {
  chain input { type filter hook input priority -300; iifname != "lo" drop; }
  chain forward { type filter hook forward priority -300; drop; }
  chain output { type filter hook output priority -300; oifname != "lo" drop; }
}`;

/** Drops every packet that comes to a host or leaves it, without a word to either side, as a switch does that has lost its power. */
const cutFor = async ({ host }: Scene, seconds: number): Promise<void> => {
  const nft = async (words: readonly string[], input = ""): Promise<string> =>
    command("nsenter", ["-t", String(await host.leaderPid()), "-m", "-n", "/usr/sbin/nft", ...words], { input, timeout: 20_000 });
  await nft(["-f", "-"], cutFilter);
  try {
    await letGo(host);
    await sleep(seconds * 1000);
  } finally {
    await nft(["delete", "table", "inet", "kbs-fault"]);
  }
};

const fillerOf = (host: LabHost): string => join(host.varLibDirectory, "filler");

const fillDisk = async ({ host }: Scene): Promise<void> => {
  const file = await open(fillerOf(host), "w", 0o600);
  const block = Buffer.alloc(1 << 20);
  try {
    for (;;) await file.write(block);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  } finally {
    await file.close();
  }
};

/** First on the PATH of every script of kbs. */
const dateOf = (host: LabHost): string => join(host.rootDirectory, "usr/local/sbin/date");

const shiftClock = async ({ host }: Scene): Promise<void> => {
  await mkdir(join(dateOf(host), ".."), { recursive: true });
  await writeFile(dateOf(host), '#!/bin/sh\nexec /usr/bin/date -d "3 hours ago" "$@"\n');
  await chmod(dateOf(host), 0o755);
};

const faultTable = {
  "kill-kbs": { title: "SIGKILL of kbs", ends: killed, strike: killKbs },
  "kill-script": {
    title: "SIGKILL of its script on the host",
    ends: failed,
    strike: killScript,
  },
  "kill-both": {
    title: "SIGKILL of both",
    ends: killed,
    strike: async (scene: Scene) => {
      scene.run.kill();
      await killScript(scene);
    },
  },
  reboot: { title: "the host is rebooted", ends: failed, strike: ({ host }: Scene) => host.reboot() },
  crash: {
    title: "every process of the host is killed, then it boots",
    ends: failed,
    strike: async ({ host }: Scene) => {
      await host.kill();
      await host.start();
    },
  },
  "power-cut": {
    title: "the host's power is cut: only what is on its disk stays",
    ends: failed,
    strike: ({ host }: Scene) => cutPower(host),
    needs: "own disk",
  },
  "cut-5s": { title: "no network for 5 s", ends: survived, strike: (scene: Scene) => cutFor(scene, 5) },
  "cut-60s": { title: "no network for 60 s", ends: survived, strike: (scene: Scene) => cutFor(scene, 60) },
  "full-disk": {
    title: "the disk is full, then freed",
    ends: survived,
    strike: fillDisk,
    mend: ({ host }: Scene) => rm(fillerOf(host), { force: true }),
    needs: "own disk",
  },
  clock: {
    title: "the clock goes back by 3 hours, then it is set right",
    ends: survived,
    strike: shiftClock,
    mend: ({ host }: Scene) => rm(dateOf(host), { force: true }),
  },
  "broken-ssh": {
    title: "the SSH connection is reset",
    ends: failed,
    strike: async ({ proxy }: Scene) => proxy?.reset(),
    needs: "proxy",
  },
  "garbled-ssh": {
    title: "one byte of the SSH stream is changed",
    ends: failed,
    strike: async ({ proxy }: Scene) => proxy?.garble(),
    needs: "proxy",
  },
  "slow-ssh": {
    title: "the SSH stream trickles for 20 s",
    ends: survived,
    strike: async ({ proxy }: Scene) => proxy?.slowDown(20),
    needs: "proxy",
  },
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof faultTable;

export const faults: Readonly<Record<FaultName, Fault>> = faultTable;

export const isFault = (name: string): name is FaultName => Object.hasOwn(faults, name);

/** What "SIGKILL at a boundary" stands for: one of the three, by chance. */
export const kills: readonly FaultName[] = ["kill-kbs", "kill-script", "kill-both"];
