import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/** `faults`: a create with one slow and five dead hosts that goes on without these; `refused`: the same without --keep-going. */
export type Kind = "preflight" | "create" | "faults" | "refused";

/** What a simulated run came to, and what it cost the process in which it ran: kbs and the simulation together. */
export interface Figures {
  readonly hosts: number;
  readonly exit: string;
  /** Of the simulated clock. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** The greatest resident set, in MiB. */
  readonly peak: number;
  /** Messages with changes or content. */
  readonly messages: number;
  /** Requests to the API server. */
  readonly requests: number;
  /** Hosts that the end of the run names when it says what went wrong. */
  readonly named: readonly string[];
  /** Hosts on which anything was changed. */
  readonly touched: number;
  /** Lines that a pipe was told on the way. */
  readonly lines: number;
}

const program = new URL("run.ts", import.meta.url).pathname;

/** One run in a process of its own, so that its memory and processor time are its own. @throws Error with what it printed when it fails */
export const measure = async (kind: Kind, hosts: number, seed: number): Promise<Figures> => {
  const words = [program, "--child", kind, "--hosts", String(hosts), "--seed", String(seed)];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  const printed = await text(child.stdout);
  await ended;
  if (child.exitCode !== 0) throw new Error(`${kind} of ${hosts} hosts (seed ${seed}) did not end: ${printed.slice(-2000)}`);
  const figures: Figures = JSON.parse(printed.trimEnd().split("\n").at(-1) ?? "");
  return figures;
};
