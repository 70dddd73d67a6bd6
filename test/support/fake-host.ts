import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { gunzipSync } from "node:zlib";
import { type BlobRef, type CommandChange, changeId, type HostChange } from "../../src/changes/change.ts";
import type { Host, Lease, Owner, SendOptions } from "../../src/changes/host.ts";
import type { Record as Answer, BlobMessage, ChangeMessage, Message, RecordState, Ticket } from "../../src/changes/message.ts";
import { gentle, stoppedOn } from "../../src/host/gentle.ts";
import { UserError } from "../../src/shared/errors.ts";

/** A file or folder of a fake machine. */
export interface FakeNode {
  readonly type: "regular file" | "directory";
  readonly mode: number;
  readonly content: Buffer;
}

/** What a command change does there. */
export interface FakeCommand {
  /** Empty when there is nothing to do. */
  readonly differs: () => string;
  /** What went wrong; nothing when it went well. */
  readonly apply: () => string | undefined;
}

/** What a script printed, and with which code it ended. */
export interface FakeAnswer {
  readonly code: number;
  readonly output: string;
}

/** The run that has a fake machine's lease. */
interface Holder {
  readonly run: string;
  readonly owner: string;
  readonly lose: (reason: string) => void;
  /** It was told to begin no further change. */
  stopped?: boolean;
}

/** A machine in memory: messages are interpreted, not run. On what nobody foresaw it fails. */
export interface FakeMachine {
  readonly name: string;
  readonly nodes: Map<string, FakeNode>;
  /** Modules, settings, hostname, services and pods, by the id of their change. */
  readonly states: Map<string, string>;
  readonly commands: Map<string, FakeCommand>;
  /** Answers to questions, by their id. */
  readonly answers: Map<string, string>;
  /** Every message that was let in, in order. */
  readonly messages: Message[];
  /** Answers a script; on one that nobody foresaw it throws. */
  runs: (script: string) => FakeAnswer;
  /** What becomes of a command that is not among `commands`. */
  unforeseen: (command: string) => FakeCommand;
  /** Awaited before a message is looked at; may throw what a broken connection throws. */
  before: (message: Message) => Promise<void> | void;
  /** Awaited before each step of a message that changes something: takes time, or breaks the connection. */
  step: (step: HostChange | BlobRef) => Promise<void> | void;
  /** Keeps a file's content; several machines may share what is equal. */
  readonly keep: (content: Buffer) => Buffer;
  /** Bytes that its disk still has room for. */
  room: number;
  holder: Holder | undefined;
  /** Aborts when it would take fewer messages at once than are wanted; absent, it takes all. */
  crowded: AbortSignal | undefined;
}

/** By what is kept: what many machines share is digested once. */
const digests = new WeakMap<Buffer, string>();

const sha256 = (content: Buffer): string => {
  const digest = digests.get(content) ?? createHash("sha256").update(content).digest("hex");
  digests.set(content, digest);
  return digest;
};
const blobPath = ({ digest }: BlobRef): string => `/var/lib/kbs/blobs/sha256/${digest.replace(/^sha256:/, "")}`;

export const fakeMachine = (name: string): FakeMachine => ({
  name,
  nodes: new Map([["/", directory(0o755)]]),
  states: new Map(),
  commands: new Map(),
  answers: new Map(),
  messages: [],
  runs: (script) => {
    throw new Error(`${name}: nobody foresaw this script: ${script}`);
  },
  unforeseen: (command) => {
    throw new Error(`${name}: nobody foresaw the command ${command}`);
  },
  before: () => undefined,
  step: () => undefined,
  keep: (content) => content,
  room: Number.POSITIVE_INFINITY,
  holder: undefined,
  crowded: undefined,
});

const directory = (mode: number): FakeNode => ({ type: "directory", mode, content: Buffer.alloc(0) });
const file = (mode: number, content: Buffer): FakeNode => ({ type: "regular file", mode, content });

const locked = ({ name, holder }: FakeMachine): UserError =>
  new UserError("the host is held by another run", { exit: "locked", host: name, probably: `it is held by ${holder?.owner ?? "nobody"}` });

/** An operator's door to a machine, and how to die as by SIGKILL. */
export const fakeHost = (machine: FakeMachine): { readonly host: Host; readonly die: () => void } => {
  const underWay = new Set<(reason: unknown) => void>();
  const life = { isOver: false };
  let ours: FakeMachine["holder"];
  const isStopped = (run: string): boolean => machine.holder?.run === run && machine.holder.stopped === true;
  const host: Host = {
    name: machine.name,
    send: async (message, options = {}) => {
      const { signal, forget } = gentle(message, options.signal, isStopped, 30_000);
      const broken = Promise.withResolvers<never>();
      const stop = (): void => broken.reject(signal?.reason);
      signal?.addEventListener("abort", stop);
      underWay.add(broken.reject);
      try {
        const kindly = { ...options, ...(signal && { signal }) };
        return { records: await Promise.race([interpret(machine, message, kindly, life), broken.promise]) };
      } finally {
        forget();
        signal?.removeEventListener("abort", stop);
        underWay.delete(broken.reject);
      }
    },
    hold: async (ticket, owner) => {
      if (machine.holder) throw locked(machine);
      const { lease, holder } = take(machine, ticket, owner);
      ours = holder;
      return lease;
    },
    dial: () => Promise.reject(new Error("a fake machine has no network")),
    ...(machine.crowded && { crowded: machine.crowded }),
    close: async () => undefined,
  };
  const die = (): void => {
    life.isOver = true;
    for (const breakOff of underWay) breakOff(new UserError("the connection broke", { exit: "unreachable", host: machine.name }));
    if (ours && machine.holder === ours) machine.holder = undefined;
    ours?.lose("the connection broke");
  };
  return { host, die };
};

const take = (machine: FakeMachine, { run }: Ticket, { user, machine: from, pid, command }: Owner) => {
  const lost = Promise.withResolvers<string>();
  const holder: Holder = { run, owner: `${user}@${from} (pid ${pid}, ${command}, run ${run})`, lose: lost.resolve };
  machine.holder = holder;
  const release = async (): Promise<void> => {
    if (machine.holder === holder) machine.holder = undefined;
    lost.resolve("released");
  };
  const stop = (): void => void (holder.stopped = true);
  return { holder, lease: { lost: lost.promise, stop, release } satisfies Lease };
};

const interpret = async (machine: FakeMachine, message: Message, options: SendOptions, life: { isOver: boolean }): Promise<Answer[]> => {
  await machine.before(message);
  const reads = message.kind === "ask" || (message.kind === "change" && message.reading === "check");
  if (!reads && message.ticket && machine.holder?.run !== message.ticket.run) throw locked(machine);
  if (!reads && message.ticket && machine.holder?.stopped) throw stoppedOn(machine.name);
  machine.messages.push(message);
  // What is cancelled ends where it stands, as on a host whose session is ended.
  const isOver = (): boolean => life.isOver || options.signal?.aborted === true;
  const records: Answer[] = [];
  const tell = (index: number, state: RecordState, text: string, code = state === "failed" ? 1 : 0): void => {
    const record = { index, state, code, output: Buffer.from(text) };
    records.push(record);
    options.onRecord?.(record);
  };
  if (message.kind === "blobs") await takeBlobs(machine, message, tell, options, isOver);
  else if (message.kind === "change") await readChanges(machine, message, tell, isOver);
  else if (message.kind === "run") {
    const { code, output } = machine.runs(message.script);
    tell(0, "answer", output, code);
  } else
    for (const [index, { id }] of message.questions.entries()) {
      const answer = machine.answers.get(id);
      if (answer === undefined) throw new Error(`${machine.name}: nobody foresaw the question ${id}`);
      tell(index, "answer", answer);
    }
  return records.toSorted((a, b) => a.index - b.index);
};

type Tell = (index: number, state: RecordState, text: string) => void;

/** Files and folders are told of when all of them have got their names: before the next change that reads files, and at the end. */
const isCollected = (change: HostChange): boolean => "path" in change && !(change.kind === "made" && change.keep !== undefined);
const readsFiles = ({ kind }: HostChange): boolean => ["images", "service", "static-pod", "command"].includes(kind);

const readChanges = async (machine: FakeMachine, { reading, changes }: ChangeMessage, tell: Tell, isOver: () => boolean): Promise<void> => {
  const first = changes.map((change) => differs(machine, change));
  const collected = new Map<number, string>();
  const flush = (): void => {
    for (const [index, text] of collected) tell(index, "changed", text);
    collected.clear();
  };
  for (const [index, change] of changes.entries()) {
    if (reading === "apply" && machine.holder?.stopped) {
      flush();
      throw stoppedOn(machine.name);
    }
    if (reading === "apply") await machine.step(change);
    if (isOver()) return;
    if (readsFiles(change)) flush();
    // What reads files is judged at its turn.
    const text = reading === "apply" && !("path" in change) ? differs(machine, change) : (first[index] ?? "");
    if (text === "") tell(index, "same", "");
    else if (reading === "check") tell(index, "differs", text);
    else {
      const problem = apply(machine, change);
      if (problem !== undefined) {
        flush();
        return tell(index, "failed", problem);
      }
      if (isCollected(change)) collected.set(index, text);
      else tell(index, "changed", text);
    }
  }
  flush();
};

type PathChange = Extract<HostChange, { readonly path: string }>;
type StateChange = Exclude<HostChange, PathChange | CommandChange>;

/** The state that a change without a path wants, as this machine writes it down. */
const wanted = (machine: FakeMachine, change: StateChange): string => {
  const loaded = (inputs: readonly string[]): string =>
    `loaded ${sha256(Buffer.concat(inputs.map((path) => machine.nodes.get(path)?.content ?? Buffer.alloc(0))))}`;
  switch (change.kind) {
    case "images":
      return change.images.map((image) => image.name).join(" ");
    case "module":
      return "loaded";
    case "sysctl":
      return change.value;
    case "swap":
      return change.wanted;
    case "hostname":
      return change.name;
    case "service":
    case "static-pod":
      return loaded(change.inputs);
  }
};

const commandOf = ({ unforeseen, commands }: FakeMachine, command: string): FakeCommand => commands.get(command) ?? unforeseen(command);

const modeText = (is: number, not: number): string => `mode and owner are ${is.toString(8)} 0:0, not ${not.toString(8)} 0:0`;

const fileDiffers = (node: FakeNode | undefined, digest: string, mode: number): string => {
  if (!node) return "absent";
  if (node.type === "directory") return "is a directory";
  if (sha256(node.content) !== digest) return "content differs";
  return node.mode === mode ? "" : modeText(node.mode, mode);
};

const pathDiffers = (node: FakeNode | undefined, change: PathChange): string => {
  switch (change.kind) {
    case "file":
      return fileDiffers(node, sha256(Buffer.from(change.content)), change.mode);
    case "made":
      return fileDiffers(node, change.keep ?? sha256(change.make()), change.mode);
    case "binary":
      return fileDiffers(node, change.digest, change.mode);
    case "absent":
      return node ? `is a ${node.type}` : "";
    case "directory":
      if (!node) return "absent";
      if (node.type !== "directory") return `is a ${node.type}`;
      return node.mode === change.mode ? "" : modeText(node.mode, change.mode);
  }
};

const differs = (machine: FakeMachine, change: HostChange): string => {
  if ("path" in change) return pathDiffers(machine.nodes.get(change.path), change);
  if (change.kind === "command") return commandOf(machine, change.name).differs();
  const is = machine.states.get(changeId(change));
  return is === wanted(machine, change) ? "" : `is ${is ?? "absent"}`;
};

const put = (machine: FakeMachine, path: string, mode: number, content: Buffer): string | undefined => {
  const { nodes } = machine;
  if (nodes.get(path)?.type === "directory") return `${path} is a directory`;
  const grows = content.length - (nodes.get(path)?.content.length ?? 0);
  if (nodes.get(dirname(path))?.type !== "directory" || grows > machine.room)
    return `cannot write ${path}: is its folder there, and room on the disk?`;
  machine.room -= grows;
  nodes.set(path, file(mode, machine.keep(content)));
  return undefined;
};

const applyPath = (machine: FakeMachine, change: PathChange): string | undefined => {
  const { nodes } = machine;
  const { path } = change;
  switch (change.kind) {
    case "file":
      return put(machine, path, change.mode, Buffer.from(change.content));
    case "made": {
      if (change.keep === undefined) return put(machine, path, change.mode, change.make());
      const node = nodes.get(path);
      if (!node || sha256(node.content) !== change.keep) return `${path} was changed meanwhile; run again`;
      return put(machine, path, change.mode, node.content);
    }
    case "binary": {
      const blob = nodes.get(blobPath(change.blob))?.content;
      if (!blob) return `cannot unpack ${path} from its blob`;
      nodes.delete(blobPath(change.blob));
      return put(machine, path, change.mode, change.encoding === "gzip" ? gunzipSync(blob) : blob);
    }
    case "directory":
      if (nodes.get(path)?.type === "regular file") return `cannot make ${path}`;
      nodes.set(path, directory(change.mode));
      return undefined;
    case "absent":
      for (const name of nodes.keys()) if (name === path || name.startsWith(`${path}/`)) nodes.delete(name);
      return undefined;
  }
};

/** Makes it so. Gives what went wrong. */
const apply = (machine: FakeMachine, change: HostChange): string | undefined => {
  if ("path" in change) return applyPath(machine, change);
  if (change.kind === "command") return commandOf(machine, change.name).apply();
  machine.states.set(changeId(change), wanted(machine, change));
  return undefined;
};

const takeBlobs = async (
  machine: FakeMachine,
  { blobs, read }: BlobMessage,
  tell: Tell,
  { onBytes }: SendOptions,
  isOver: () => boolean,
): Promise<void> => {
  const { nodes } = machine;
  let sent = 0;
  const offsets = blobs.map((blob) => {
    if (nodes.has(blobPath(blob))) return blob.size;
    const part = nodes.get(`${blobPath(blob)}.part`)?.content.length ?? 0;
    if (part > blob.size) nodes.delete(`${blobPath(blob)}.part`);
    return part > blob.size ? 0 : part;
  });
  for (const [index, blob] of blobs.entries()) {
    const [path, part] = [blobPath(blob), `${blobPath(blob)}.part`];
    if (nodes.has(path)) {
      tell(index, "same", "");
      continue;
    }
    await machine.step(blob);
    nodes.set(part, nodes.get(part) ?? file(0o600, Buffer.alloc(0)));
    const offset = offsets[index] ?? 0;
    for await (const chunk of offset < blob.size ? read(blob, offset) : []) {
      if (isOver()) return;
      nodes.set(part, file(0o600, Buffer.concat([nodes.get(part)?.content ?? Buffer.alloc(0), chunk])));
      onBytes?.((sent += chunk.length));
    }
    const content = nodes.get(part)?.content ?? Buffer.alloc(0);
    if (content.length !== blob.size) return tell(index, "failed", `the stream ended after ${content.length} of ${blob.size} bytes`);
    nodes.delete(part);
    if (content.length > machine.room) return tell(index, "failed", `cannot store ${path}: is there room on the disk?`);
    machine.room -= content.length;
    nodes.set(path, file(0o600, machine.keep(content)));
    tell(index, "changed", "");
  }
};
