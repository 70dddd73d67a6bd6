import type { Frame } from "../changes/frames.ts";
import type { Lease, Owner } from "../changes/host.ts";
import type { Ticket } from "../changes/message.ts";
import { base } from "../changes/sh/base.ts";
import { hold as holdScript } from "../changes/sh/hold.ts";
import { UserError } from "../shared/errors.ts";
import { quote } from "../shared/quote.ts";
import { abortable, endTalk, refuse, type Talk, talk } from "./talk.ts";
import type { Transport } from "./transport.ts";

/** Milliseconds until a lease must be taken: what a killed run left behind is ended and waited out before. */
const takeTimeout = 90_000;

const oneLine = (text: string): string => text.replaceAll(/[\n\r]/g, " ");

const ownerLine = ({ user, machine, pid, command }: Owner, run: string): string =>
  oneLine(`${user}@${machine} (pid ${pid}, ${command}, run ${run})`);

/** What the journal keeps of a run: a word and its value in each line. */
const recordOf = ({ user, machine, pid, command, version, plan }: Owner, { cluster }: Ticket): string =>
  [
    `by ${user}@${machine}`,
    `pid ${pid}`,
    `command ${command}`,
    ...(version === undefined ? [] : [`kbs ${version}`]),
    ...(plan === undefined ? [] : [`plan ${plan}`]),
    `cluster ${cluster.id} ${cluster.name}`,
    `started ${new Date().toISOString()}`,
  ]
    .map(oneLine)
    .join("\n");

/** Why a lease ended before it was released. */
const lossOf = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error);
  return /code 143$|signal SIGTERM$/.test(message) ? "somebody has ended it on the host (kbs unlock), or the host went down" : message;
};

/** Writes signs of life until it is told to stop; `lost` resolves with the reason when the script ends. */
const keepAlive = ({ shell, finished }: Talk, every: number): { readonly lost: Promise<string>; readonly quiet: () => void } => {
  const lost = Promise.withResolvers<string>();
  const beat = setInterval(() => shell.stdin.write("."), every);
  beat.unref();
  const quiet = (): void => clearInterval(beat);
  const stop = (reason: string): void => {
    quiet();
    lost.resolve(reason);
  };
  finished.then(
    () => stop("the lease ended"),
    (error: unknown) => stop(lossOf(error)),
  );
  return { lost: lost.promise, quiet };
};

const tookTooLong = (host: string, output: string): UserError =>
  new UserError(`the host's lease could not be taken within ${takeTimeout / 1000} s`, {
    exit: "phase",
    host,
    output,
    probably: "what an earlier run has left under way there takes long to end, or the host is overloaded",
    hint: "run the same command again in some minutes",
  });

/** How a lease is held. */
export interface Holding {
  readonly ticket: Ticket;
  readonly owner: Owner;
  readonly signal?: AbortSignal | undefined;
  /** Seconds without a sign of life after which it ends by itself. */
  readonly seconds: number;
  readonly onStop: () => void;
}

/** @throws UserError exit "locked", which says whose the host is; "phase" when the lease could not be taken */
export const holdLease = async (transport: Transport, { ticket, owner, signal, seconds, onStop }: Holding): Promise<Lease> => {
  const words = [ticket.run, ownerLine(owner, ticket.run), recordOf(owner, ticket), String(seconds)];
  const script = [base, holdScript, `hold ${words.map(quote).join(" ")}`].join("\n");
  const first = Promise.withResolvers<Frame>();
  const started = await talk(transport, script, first.resolve, { signal, lasts: true });
  const { lost, quiet } = keepAlive(started, (seconds * 1000) / 3);
  const limit = AbortSignal.timeout(takeTimeout);
  const limited = AbortSignal.any([limit, ...(signal ? [signal] : [])]);
  const frame = await abortable(Promise.race([first.promise, started.finished.then(() => undefined)]), limited).catch(
    async (error: unknown) => {
      quiet();
      await endTalk(transport, started);
      throw error === limit.reason ? tookTooLong(transport.name, started.shell.stderrTail()) : error;
    },
  );
  if (frame === undefined || "notice" in frame || frame.record.state === "failed") {
    quiet();
    if (frame && "notice" in frame) refuse(transport.name, [frame.notice]);
    const said = frame && "record" in frame ? frame.record.output.toString() : started.shell.stderrTail();
    throw new UserError("the host's lease could not be taken", { exit: "phase", host: transport.name, output: said });
  }
  return {
    lost,
    stop: () => {
      onStop();
      started.shell.stdin.write("s");
    },
    release: async (end) => {
      quiet();
      started.shell.stdin.end(end === undefined ? "" : `e${end} ${new Date().toISOString()}\n`);
      await abortable(started.finished, AbortSignal.timeout(10_000)).catch(() => started.shell.abandon());
    },
  };
};
