import { execFileSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { HostChange } from "../../../src/changes/change.ts";
import type { Host, Lease } from "../../../src/changes/host.ts";
import type { Record as Answer, Ticket } from "../../../src/changes/message.ts";
import { UserError } from "../../../src/shared/errors.ts";

/** One way of reaching one machine: what the contract is held against. */
export interface Body {
  /** Another operator's process, with a connection of its own. */
  readonly operator: () => Promise<Operator>;
  readonly files: Files;
  /** Runs a script there by another way. Absent where there is no shell: then only what needs none is asked. */
  readonly run?: (script: string) => Promise<string>;
  /** Takes away what kbs keeps there. */
  readonly forget: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface Operator {
  readonly host: Host;
  /** Ends as by SIGKILL: nothing is said to the host any more. */
  readonly die: () => void;
}

/** The machine's files, seen and touched past kbs. */
export interface Files {
  readonly read: (path: string) => Buffer | undefined;
  readonly write: (path: string, content: string | Buffer, mode?: number) => void;
  readonly mkdir: (path: string, mode?: number) => void;
  readonly remove: (path: string) => void;
  /** A line for each file below a folder: type, mode, owner, and what is in it. */
  readonly tree: (directory: string) => Readonly<Record<string, string>>;
}

const describeFile = (path: string): string => {
  const { mode, uid, gid, mtimeMs } = lstatSync(path);
  const owner = `${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
  if (lstatSync(path).isSymbolicLink()) return `link ${readlinkSync(path)}`;
  if (lstatSync(path).isDirectory()) return `directory ${owner}`;
  return `file ${owner} ${Math.round(mtimeMs)} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`;
};

export const realFiles = (at: (path: string) => string): Files & RealFiles => {
  return {
    read: (path) => (lstatSync(at(path), { throwIfNoEntry: false })?.isFile() ? readFileSync(at(path)) : undefined),
    write: (path, content, mode = 0o644) => {
      mkdirSync(dirname(at(path)), { recursive: true });
      writeFileSync(at(path), content);
      chmodSync(at(path), mode);
    },
    mkdir: (path, mode = 0o755) => {
      mkdirSync(at(path), { recursive: true });
      chmodSync(at(path), mode);
    },
    remove: (path) => rmSync(at(path), { recursive: true, force: true }),
    tree: (directory) =>
      Object.fromEntries(
        readdirSync(at(directory), { recursive: true, encoding: "utf8" })
          .toSorted()
          .map((name) => [name, describeFile(join(at(directory), name))]),
      ),
    link: (path, target) => symlinkSync(target, at(path)),
    own: (path, owner) => void execFileSync("chown", ["-h", owner, at(path)]),
    touch: (path, seconds) => utimesSync(at(path), seconds, seconds),
    inode: (path) => lstatSync(at(path)).ino,
  };
};

/** What only a real file system has. */
export interface RealFiles {
  readonly link: (path: string, target: string) => void;
  readonly own: (path: string, owner: string) => void;
  readonly touch: (path: string, seconds: number) => void;
  readonly inode: (path: string) => number;
}

export const newTicket = (name = "contract"): Ticket => ({ cluster: { id: "0b5a8c9e-contract", name }, run: randomUUID() });

export const someone = { user: "alice", machine: "laptop", pid: 4711, command: "kbs create cluster -f it's.yaml" } as const;

/** An operator that holds the host. */
export interface Run extends Operator {
  readonly ticket: Ticket;
  readonly lease: Lease;
  /** Sends changes and gives state and text of each record. */
  readonly check: (...changes: readonly HostChange[]) => Promise<readonly (readonly [string, string])[]>;
  readonly apply: (...changes: readonly HostChange[]) => Promise<readonly (readonly [string, string])[]>;
}

export const told = (records: readonly Answer[]): readonly (readonly [string, string])[] =>
  records.map(({ state, output }) => [state, output.toString()]);

const isLocked = (error: unknown): boolean => error instanceof UserError && error.exit === "locked";

/** Milliseconds for a host to notice that its holder has died; a busy machine takes its time. */
const mourning = 30_000;

/** Takes the lease of a body's host as soon as that is free of a holder that has died. */
export const beginRunAfterDeath = async (body: Body): Promise<Run> => {
  for (const end = Date.now() + mourning; ; await sleep(100)) {
    try {
      return await beginRun(body);
    } catch (error) {
      if (!isLocked(error) || Date.now() > end) throw error;
    }
  }
};

/** Takes the lease of a body's host, as a run does. */
export const beginRun = async (body: Body, ticket = newTicket()): Promise<Run> => {
  const operator = await body.operator();
  const lease = await operator.host.hold(ticket, someone);
  const read =
    (reading: "check" | "apply") =>
    async (...changes: readonly HostChange[]) =>
      told((await operator.host.send({ kind: "change", reading, ticket, changes })).records);
  return { ...operator, ticket, lease, check: read("check"), apply: read("apply") };
};
