import type { RecordState } from "../changes/message.ts";
import type { Need } from "../changes/phase.ts";
import { ConfigError, type Problem } from "../config/problems.ts";
import type { PreflightResults } from "../preflight/run.ts";
import type { ExitName, UserError } from "../shared/errors.ts";

/** Version of the events' schema: the first number changes when a reader of old events would misread new ones. */
export const eventsVersion = "1.1";

export type UnitState = "done" | "failed" | "skipped" | "cancelled";

/** What happens in a run, for every way of telling it: terminal, pipe, JSON, log. Sinks mask secrets before they tell any of it. */
export type RunEvent =
  | {
      readonly type: "run-started";
      readonly run: string;
      readonly command: string;
      readonly cluster: string;
      readonly hosts: readonly string[];
      /** The version that the configuration asks for, with the leading v. */
      readonly kubernetes?: string;
      readonly operator?: OperatorMachine;
    }
  /** What a host is, as it said itself before anything was changed. */
  | ({ readonly type: "host-facts"; readonly host: string } & HostMachine)
  /** Where binaries and images of a platform come from. */
  | {
      readonly type: "bundle";
      /** `linux/amd64`. */
      readonly platform: string;
      readonly kubernetes: string;
      /** Of its index: it names all that is in it. */
      readonly digest: string;
      readonly path: string;
    }
  | {
      readonly type: "phase-planned";
      readonly phase: string;
      readonly title: string;
      readonly hosts: readonly string[];
      /** What each of its units waits for. */
      readonly needs?: readonly Need[];
      /** The host that needs on "first" mean. */
      readonly first?: string;
    }
  | { readonly type: "unit-started"; readonly phase: string; readonly host: string }
  | {
      readonly type: "change";
      readonly phase: string;
      readonly host: string;
      readonly change: string;
      readonly state: RecordState;
      readonly detail?: string;
    }
  | { readonly type: "bytes"; readonly host: string; readonly sent: number; readonly total: number }
  | {
      readonly type: "waiting";
      readonly phase: string;
      readonly host: string;
      readonly reason: string;
      /** It waits for content that is under way to the host, of which "bytes" tells more. */
      readonly content?: true;
    }
  /** What a unit waited for is there. A change, another wait or its end say so, too. */
  | { readonly type: "working"; readonly phase: string; readonly host: string }
  | { readonly type: "warning"; readonly host?: string; readonly text: string }
  | {
      readonly type: "unit-ended";
      readonly phase: string;
      readonly host: string;
      readonly state: UnitState;
      /** How many changes it made. */
      readonly changed: number;
      /** Milliseconds. */
      readonly took: number;
      /** Why it was skipped. */
      readonly reason?: string;
      readonly error?: EventError;
    }
  /** The host is out of this run, and not by the failure of a unit: unreachable, locked, lost before its first unit. */
  | { readonly type: "host-failed"; readonly host: string; readonly error: EventError }
  /** What preflight found, once all checks of all hosts have spoken. */
  | ({ readonly type: "preflight" } & PreflightResults)
  /** One message to a host and what it answered: for the log. `output` must not hold the answer to a secret question. */
  | { readonly type: "exchange"; readonly host: string; readonly what: string; readonly took: number; readonly output: string }
  /** A host's connection was closed: what was opened on it, tunnels included, and the bytes that went through. */
  | {
      readonly type: "connection";
      readonly host: string;
      readonly channels: number;
      readonly bytesSent: number;
      readonly bytesReceived: number;
    }
  /** The run as a whole failed. */
  | { readonly type: "error"; readonly host?: string; readonly error: EventError }
  | {
      readonly type: "run-ended";
      readonly exit: ExitName;
      readonly changed: number;
      readonly took: number;
      /** Path of the full log. */
      readonly log?: string;
      /** What to type next, a line each. */
      readonly next: readonly string[];
    };

/** The machine that kbs runs on. */
export interface OperatorMachine {
  /** `v24.21.0`. */
  readonly node: string;
  /** `Linux 6.1.0-18-amd64`, `Darwin 24.5.0`. */
  readonly system: string;
  /** As Node.js names it: `x64`, `arm64`. */
  readonly architecture: string;
}

/** What could be learned of a host; what could not is absent. */
export interface HostMachine {
  readonly roles: readonly string[];
  readonly address: string;
  /** As os-release(5) has it for people. */
  readonly os?: string;
  readonly kernel?: string;
  /** `amd64`, `arm64`, else as the kernel names it. */
  readonly architecture?: string;
  readonly cpus?: number;
  /** Bytes. */
  readonly memory?: number;
  /** As systemd-detect-virt names it. */
  readonly virtualization?: string;
}

/** An error's five answers, as data. */
export interface EventError {
  readonly message: string;
  readonly exit?: ExitName;
  readonly command?: string;
  readonly output?: string;
  readonly probably?: string;
  readonly hint?: string;
  /** Of a configuration: every problem with its place. */
  readonly problems?: readonly Problem[];
}

/** An event with its time, as sinks receive it: milliseconds since the epoch, and since the run began. */
export type TimedEvent = RunEvent & { readonly time: number; readonly at: number };

export type Sink = (event: TimedEvent) => void;

/** Where events go in and come out, in order. */
export interface Bus {
  readonly emit: (event: RunEvent) => void;
  readonly subscribe: (sink: Sink) => void;
}

/** @param now milliseconds since the epoch. */
export const createBus = (now: () => number = Date.now): Bus => {
  const sinks: Sink[] = [];
  const start = now();
  return {
    emit: (event) => {
      const time = now();
      for (const sink of sinks) sink({ ...event, time, at: time - start });
    },
    subscribe: (sink) => void sinks.push(sink),
  };
};

/** The answers of an error, as an event carries them; `host` stands beside it. */
export const toEventError = (thrown: UserError): EventError => {
  const { command, output, probably, hint } = thrown.details;
  return {
    message: thrown.message,
    exit: thrown.exit,
    ...(command !== undefined && { command }),
    ...(output !== undefined && { output }),
    ...(probably !== undefined && { probably }),
    ...(hint !== undefined && { hint }),
    ...(thrown instanceof ConfigError && { problems: thrown.problems }),
  };
};
