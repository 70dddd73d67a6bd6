import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { command, type Output } from "./command.ts";
import { giveIdentity } from "./identity.ts";
import { bridgeOf } from "./network.ts";
import {
  type Container,
  killContainer,
  lastConsoleLines,
  leaderOf,
  runningProcess,
  shutdownTimeout,
  startContainer,
  stopContainer,
} from "./nspawn.ts";
import { mountOverlay } from "./overlay.ts";
import { until } from "./process.ts";
import { keysIn, type RunOptions, runBySsh, sshAnswers } from "./ssh.ts";
import { type LabRecord, labDirectory } from "./state.ts";
import { ipv6Of } from "./subnet.ts";

/** One systemd host of a lab. */
export interface LabHost {
  readonly name: string;
  readonly address: string;
  /** Its address of IPv6, in a lab that has asked for it. */
  readonly ipv6?: string;
  /** Its root file system as this machine sees it. /var/lib is another folder: `varLibDirectory`. */
  readonly rootDirectory: string;
  readonly varLibDirectory: string;
  /** Process 1 of the host as this machine numbers it. @throws Error when the host is down. */
  leaderPid(): Promise<number>;
  /** Runs a script for `sh` on the host by the system's ssh, as root when no user is named. A failing script is an answer, not an error. */
  run(script: string, options?: RunOptions): Promise<Output>;
  /** Boots a host that is down, and waits until it answers. */
  start(): Promise<void>;
  /** An orderly reboot; ends when the host answers again. */
  reboot(): Promise<void>;
  /** An orderly shutdown. */
  powerOff(): Promise<void>;
  /** A crash: every process is killed at once. What was written stays, since the page cache is this machine's. */
  kill(): Promise<void>;
}

/** A host that does not answer for so long, in milliseconds, is broken. */
const bootTimeout = 60_000;

export const containerOf = (lab: string, host: string): Container => ({
  machine: `${lab}-${host}`,
  hostname: host,
  bridge: bridgeOf(lab),
  directory: join(labDirectory(lab), host),
});

/** Makes a new host's disk: the shared base below, its own name, address and keys above. Gives its line of known_hosts. */
export const createDisk = async (record: LabRecord, { name, address }: { name: string; address: string }): Promise<string> => {
  const { directory } = containerOf(record.name, name);
  await mkdir(directory, { recursive: true });
  const root = await mountOverlay(directory, record.lower);
  await command("cp", ["-a", join(root, "var/lib"), join(directory, "var-lib")], { timeout: 60_000 });
  const publicKey = await readFile(`${keysIn(labDirectory(record.name)).identityFile}.pub`, "utf8");
  return giveIdentity(root, { name, address, gateway: record.subnet.gateway, ipv6: record.ipv6, link: "host0", publicKey });
};

const isDown = async (container: Container): Promise<boolean> => (await runningProcess(container)) === undefined;

/** The host of a record, whether it runs or not. */
export const openHost = (record: LabRecord, { name, address }: { name: string; address: string }): LabHost => {
  const container = containerOf(record.name, name);
  const keys = keysIn(labDirectory(record.name));
  const broken = async (what: string): Promise<Error> =>
    new Error(`${name} (${address}) ${what}. The last lines of its console:\n${await lastConsoleLines(container)}`);
  const run: LabHost["run"] = (script, options) => runBySsh(keys, address, script, options);

  const answers = async (): Promise<void> => {
    const decided = await until(async () => (await sshAnswers(address)) || (await isDown(container)), bootTimeout);
    if (!decided) throw await broken(`does not answer ssh within ${bootTimeout / 1000} s`);
    if (await isDown(container)) throw await broken("ended while it booted");
    // Until systemd has taken this file away, only root may log in.
    const ready = await run("until [ ! -e /run/nologin ]; do sleep 0.05; done", { timeout: bootTimeout });
    if (ready.code !== 0) throw await broken(`refuses ssh: ${ready.stderr.trim()}`);
  };

  const leaderPid: LabHost["leaderPid"] = async () => {
    const supervisor = await runningProcess(container);
    const leader = supervisor && leaderOf(supervisor);
    if (leader === undefined) throw new Error(`${name} is down`);
    return leader;
  };

  return {
    name,
    address,
    ...(record.ipv6 && { ipv6: ipv6Of(address) }),
    rootDirectory: join(container.directory, "root"),
    varLibDirectory: join(container.directory, "var-lib"),
    leaderPid,
    run,
    start: async () => {
      if (await runningProcess(container)) throw new Error(`${name} is up already`);
      await mountOverlay(container.directory, record.lower);
      await startContainer(container);
      await answers();
    },
    reboot: async () => {
      const before = await leaderPid();
      await run("systemctl reboot");
      const again = await until(
        async () => ![before, undefined].includes(await leaderPid().catch(() => undefined)),
        shutdownTimeout + bootTimeout,
      );
      if (!again) throw await broken(`did not reboot within ${(shutdownTimeout + bootTimeout) / 1000} s`);
      await answers();
    },
    powerOff: () => stopContainer(container),
    kill: () => killContainer(container),
  };
};
