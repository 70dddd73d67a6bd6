import { connect } from "node:net";
import { join } from "node:path";
import { quote } from "../../src/shared/quote.ts";
import { command, type Output, tryCommand } from "./command.ts";
import { ensureTools } from "./tools.ts";

/** The files by which the operator's machine and the hosts of one lab know each other. */
export interface Keys {
  readonly identityFile: string;
  readonly knownHostsFile: string;
}

export const keysIn = (directory: string): Keys => ({
  identityFile: join(directory, "id_ed25519"),
  knownHostsFile: join(directory, "known_hosts"),
});

/** Makes a key pair without passphrase at this path. */
export const makeKey = async (path: string, comment: string): Promise<void> => {
  await ensureTools(["ssh"], () => undefined);
  await command("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path], { timeout: 20_000 });
};

/** The words for the system's ssh to a host of a lab: nothing of this user's own configuration, nothing asked. */
export const sshWords = ({ identityFile, knownHostsFile }: Keys, user: string, address: string): string[] => {
  const options = {
    UserKnownHostsFile: knownHostsFile,
    GlobalKnownHostsFile: "/dev/null",
    IdentitiesOnly: "yes",
    StrictHostKeyChecking: "yes",
    ConnectTimeout: "10",
    ServerAliveInterval: "5",
    LogLevel: "ERROR",
  };
  const words = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  return ["-F", "/dev/null", "-i", identityFile, ...words, `${user}@${address}`];
};

export interface RunOptions {
  /** In milliseconds; 60 s when not told. */
  readonly timeout?: number;
  /** root when not told. */
  readonly user?: string;
  readonly input?: string;
  /** A file of this machine that the script reads as its stdin, in place of `input`. */
  readonly inputFile?: string;
}

/** Runs a script for `sh` on a host, without a terminal. */
export const runBySsh = async (keys: Keys, address: string, script: string, options: RunOptions = {}): Promise<Output> => {
  const { user = "root", timeout = 60_000, ...input } = options;
  const words = ["-T", "-o", "BatchMode=yes", ...sshWords(keys, user, address), `sh -c ${quote(script)}`];
  return tryCommand("ssh", words, { timeout, ...input });
};

/** Whether an SSH server says its name at this address within a second. */
export const sshAnswers = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port: 22, timeout: 1000 });
    const end = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("data", end(true)).once("error", end(false)).once("timeout", end(false)).once("close", end(false));
  });
