import { homedir, userInfo } from "node:os";
import { join } from "node:path";

/** How to log in. What is absent is left to `~/.ssh/config` and OpenSSH's own defaults. */
interface SshLogin {
  readonly user?: string;
  readonly port?: number;
  /** Absolute path. */
  readonly identityFile?: string;
  readonly passphrase?: string;
  readonly password?: string;
}

export interface SshJump extends SshLogin {
  readonly host: string;
}

/** A machine to reach by SSH. Every value given here wins over `~/.ssh/config`. */
export interface SshTarget extends SshLogin {
  /** What messages call it. */
  readonly name: string;
  /** An IP address, a name, or a `Host` of `~/.ssh/config`. */
  readonly address: string;
  readonly sudoPassword?: string;
  /** Whether the keys of the SSH agent may be offered; default true. */
  readonly agent?: boolean;
  /** In the order in which they are passed. Absent: what `~/.ssh/config` says; empty: none. */
  readonly jumpHosts?: readonly SshJump[];
  /** Seconds for connection and log-in of one hop, not counting the time at a prompt; default 20. */
  readonly connectTimeout?: number;
  /** Seconds between two signs of life, of which three may go unanswered; default 10, 0 turns them off. */
  readonly keepAliveInterval?: number;
}

/** Something that only a person can answer. */
export interface Question {
  readonly host: string;
  readonly text: string;
  /** The answer must not be shown while it is typed. */
  readonly secret: boolean;
}

export type Prompt = (question: Question) => Promise<string>;

export interface SshOptions {
  readonly signal?: AbortSignal;
  /** Absent: there is nobody to ask. */
  readonly prompt?: Prompt;
  /** Unknown host keys are trusted and remembered. A changed key is refused all the same. */
  readonly acceptNewHostKeys: boolean;
  /** Instead of the user's known_hosts files; the first one is written to. */
  readonly knownHostsFiles?: readonly string[];
  readonly log: (line: string) => void;
  readonly environment?: SshEnvironment;
}

/** What of this machine decides about a log-in. */
export interface SshEnvironment {
  readonly home: string;
  readonly user: string;
  readonly agentSocket?: string;
  /** `~/.ssh/config` and `/etc/ssh/ssh_config`: the first value found wins. */
  readonly configFiles: readonly ConfigFile[];
}

interface ConfigFile {
  readonly path: string;
  /** The folder from which relative `Include` paths count. */
  readonly folder: string;
}

/** The environment as OpenSSH sees it. */
export const thisEnvironment = (): SshEnvironment => {
  const home = homedir();
  const agentSocket = process.env["SSH_AUTH_SOCK"];
  return {
    home,
    user: userInfo().username,
    ...(agentSocket ? { agentSocket } : {}),
    configFiles: [
      { path: join(home, ".ssh/config"), folder: join(home, ".ssh") },
      { path: "/etc/ssh/ssh_config", folder: "/etc/ssh" },
    ],
  };
};
