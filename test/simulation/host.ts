import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { BlobRef, HostChange } from "../../src/changes/change.ts";
import type { Host } from "../../src/changes/host.ts";
import type { Message } from "../../src/changes/message.ts";
import { UserError } from "../../src/shared/errors.ts";
import { type FakeMachine, type FakeNode, fakeHost, fakeMachine } from "../support/fake-host.ts";
import { type Random, randomOf } from "../support/random.ts";
import { answerOf, type Bare, bareStates, type Identity } from "./answers.ts";
import { onGrid, type Uplink } from "./network.ts";

/** What goes wrong with a host. */
export type Fault =
  /** Nobody answers. */
  | { readonly kind: "dead" }
  /** Goes silent in the middle of a message, after so many whole ones. */
  | { readonly kind: "dies"; readonly after: number }
  /** Its disk takes so many bytes more. */
  | { readonly kind: "full"; readonly room: number }
  /** Another operator holds it. */
  | { readonly kind: "locked" };

export interface Traits {
  /** Milliseconds there and back. */
  readonly rtt: number;
  /** How many times slower than others everything is there, the way included. */
  readonly slowness: number;
  /** Bytes in a second that its line takes. */
  readonly bandwidth: number;
  readonly fault?: Fault | undefined;
}

/** What happens on a machine beside what its messages say. */
export interface Surroundings {
  /** How many bytes one byte of the simulated bundle stands for. */
  readonly scale: number;
  readonly uplink: Uplink;
  readonly seed: number;
  /** A change was made, or a command run. */
  readonly onMade: (machine: SimulatedMachine, change: HostChange) => void;
  readonly dial: (machine: SimulatedMachine) => Duplex | undefined;
  /** Messages that change something and are under way: when one begins, when it ends. */
  readonly onBusy: (machine: SimulatedMachine, message: Message, delta: 1 | -1) => void;
}

/** A machine with its place in the world. */
export interface SimulatedMachine extends FakeMachine {
  readonly identity: Identity;
  readonly traits: Traits;
  readonly bare: Bare | undefined;
  fault: Fault | undefined;
  hasJoined: boolean;
  /** Messages that reached it. */
  heard: number;
  /** Nobody hears from it any more. */
  isSilent: boolean;
}

/** Milliseconds that steps take on a machine of usual speed, as they were seen in the lab. */
const stepTimes: Readonly<Record<HostChange["kind"], number>> = {
  file: 8,
  made: 8,
  directory: 3,
  absent: 3,
  binary: 350,
  images: 3500,
  module: 20,
  sysctl: 3,
  swap: 30,
  hostname: 60,
  service: 1200,
  "static-pod": 40,
  command: 40,
};
const askTime = 700;
const checkTime = 120;
/** Of a log-in: TCP, keys, authentication, the first channel. In ways there and back. */
const loginTrips = 8;
const messageTrips = 3;
/** What a dead host costs before it is given up, in milliseconds: ssh.connectTimeout. */
const connectTimeout = 15_000;
/** The command that waits for the control plane's processes, in milliseconds. */
const controlPlaneStart = 4000;

/** A bare Debian, as far as kbs writes into it. */
const folders =
  `/etc /etc/modules-load.d /etc/sysctl.d /etc/systemd /etc/systemd/system /opt /run /srv /tmp /usr /usr/bin /usr/lib /usr/libexec
/usr/local /usr/local/bin /usr/local/lib /usr/local/sbin /usr/sbin /var /var/lib /var/log /var/lib/kbs /var/lib/kbs/blobs
/var/lib/kbs/blobs/sha256`.split(/\s/);
const folder: FakeNode = { type: "directory", mode: 0o755, content: Buffer.alloc(0) };

const nodesOf = (bare: Bare | undefined): readonly (readonly [string, FakeNode])[] =>
  [...(bare?.folders ?? [])].map(([path, mode]) => [path, { ...folder, mode }] as const);

/** Contents that many machines have alike are kept once. */
export const createPool = (): ((content: Buffer) => Buffer) => {
  const pool = new Map<string, Buffer>();
  return (content) => {
    const key = createHash("sha256").update(content).digest("base64");
    const kept = pool.get(key) ?? content;
    pool.set(key, kept);
    return kept;
  };
};

const silence = (host: string): UserError =>
  new UserError(`the connection to ${host} was lost`, {
    exit: "unreachable",
    host,
    hint: "see whether the host is up, then run the same command again",
  });

export const simulatedMachine = (
  identity: Identity,
  traits: Traits,
  keep: (content: Buffer) => Buffer,
  bare: Bare | undefined,
): SimulatedMachine => {
  const { fault } = traits;
  const done = new Set<string>();
  const machine: SimulatedMachine = {
    ...fakeMachine(identity.name),
    nodes: new Map([["/", folder], ...folders.map((path) => [path, folder] as const), ...nodesOf(bare)]),
    states: new Map([["swap", "off"], ...bareStates(identity, bare)]),
    bare,
    keep,
    room: fault?.kind === "full" ? fault.room : Number.POSITIVE_INFINITY,
    identity,
    traits,
    fault,
    hasJoined: false,
    heard: 0,
    isSilent: fault?.kind === "dead",
    runs: () => ({ code: 0, output: "" }),
    // A command keeps its promise: what it checks is so once it was applied.
    unforeseen: (command) => ({
      differs: () => (done.has(command) ? "" : "it is not so"),
      apply: () => {
        done.add(command);
        return undefined;
      },
    }),
  };
  if (fault?.kind === "locked") machine.holder = { run: "another", owner: "bob@desk (pid 7, kbs create cluster)", lose: () => undefined };
  const blobs = "/var/lib/kbs/blobs/sha256/";
  const blobNames = (): string[] => [...machine.nodes.keys()].filter((path) => path.startsWith(blobs));
  machine.commands.set("remove staged content", {
    differs: () => (blobNames().length === 0 ? "" : "there is some"),
    apply: () => {
      for (const path of blobNames()) machine.nodes.delete(path);
      return undefined;
    },
  });
  return machine;
};

const timeOf = (change: HostChange): number => {
  if (change.kind === "command" && change.name.startsWith("run the control plane")) return controlPlaneStart;
  return change.kind === "images" ? stepTimes.images * (change.images.length / 4) : stepTimes[change.kind];
};

/** Takes away what is wrong with a machine, as somebody who repairs it would. */
export const heal = (machine: SimulatedMachine): void => {
  if (machine.fault?.kind === "locked") machine.holder = undefined;
  machine.fault = undefined;
  machine.isSilent = false;
  machine.room = Number.POSITIVE_INFINITY;
};

/** The time that a machine takes, drawn from its own numbers: what another machine does changes none of them. */
const createPace = ({ traits: { rtt, slowness }, name }: SimulatedMachine, seed: number) => {
  const next: Random = randomOf(seed, name);
  const work = async (milliseconds: number): Promise<void> => {
    await sleep(onGrid(milliseconds * slowness * (0.8 + 0.4 * next())));
  };
  return { work, trips: (count: number) => work(count * rtt), chance: next };
};

const open = async (machine: SimulatedMachine, trips: (count: number) => Promise<void>): Promise<void> => {
  const { name, fault } = machine;
  if (fault?.kind !== "dead") return await trips(loginTrips);
  await sleep(connectTimeout);
  const hint = "see whether the host is up and its address and port are right";
  throw new UserError(`${name} does not answer on port 22`, { exit: "unreachable", host: name, hint });
};

/**
 * Logs in to a simulated machine.
 * @throws UserError exit "unreachable" after the time that a real one would be waited for
 */
export const connectSimulated = async (machine: SimulatedMachine, around: Surroundings, signal: AbortSignal): Promise<Host> => {
  const { traits, name, identity } = machine;
  const pace = createPace(machine, around.seed);
  const { host, die } = fakeHost(machine);
  await open(machine, pace.trips);
  signal.throwIfAborted();

  const fallSilent = (): never => {
    machine.isSilent = true;
    die();
    throw silence(name);
  };
  /** A host that dies does so somewhere in the middle of its last message. */
  const isLast = (): boolean => machine.fault?.kind === "dies" && machine.heard > machine.fault.after;
  const live = (): void => {
    if (machine.isSilent || (isLast() && pace.chance() < 0.3)) fallSilent();
  };
  let owed = 0;
  /** Small steps are waited for together. */
  const takeTime = async (milliseconds: number): Promise<void> => {
    owed += milliseconds;
    if (owed < 25) return;
    const due = owed;
    owed = 0;
    await pace.work(due);
  };
  machine.step = async (step: HostChange | BlobRef) => {
    if ("kind" in step) await takeTime(timeOf(step));
    else await around.uplink.send(step.size * around.scale, traits.bandwidth / traits.slowness);
    live();
  };
  machine.before = async (message) => {
    machine.heard++;
    live();
    await pace.trips(messageTrips);
    if (message.kind === "ask") {
      await pace.work(askTime);
      for (const question of message.questions)
        machine.answers.set(question.id, answerOf(machine, question, identity, machine.hasJoined, machine.bare));
    }
    if (message.kind === "change" && message.reading === "check") await pace.work(checkTime);
    live();
  };
  return {
    ...host,
    send: async (message, options = {}) => {
      const isWork = message.kind !== "ask";
      if (isWork) around.onBusy(machine, message, 1);
      try {
        const reply = await host.send(message, {
          ...options,
          onRecord: (record) => {
            const change = message.kind === "change" ? message.changes[record.index] : undefined;
            if (change && record.state === "changed") around.onMade(machine, change);
            options.onRecord?.(record);
          },
        });
        if (isLast()) fallSilent();
        return reply;
      } finally {
        if (isWork) around.onBusy(machine, message, -1);
        // A real host forgets them too.
        machine.messages.length = 0;
        machine.answers.clear();
      }
    },
    hold: async (ticket, owner, options) => {
      await pace.trips(messageTrips);
      live();
      return await host.hold(ticket, owner, options);
    },
    dial: async () => {
      await pace.trips(1);
      const stream = machine.isSilent ? undefined : around.dial(machine);
      if (stream) return stream;
      throw new UserError(`nothing on ${name} takes the connection`, { exit: "unreachable", host: name });
    },
  };
};
