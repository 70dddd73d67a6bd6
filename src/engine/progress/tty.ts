import { EOL } from "node:os";
import type { Paint } from "../../shared/paint.ts";
import type { Sink } from "../events.ts";
import { advance, createModel } from "./model.ts";
import { progressRows } from "./rows.ts";

/** Four times a second: listr2 lays out anew on every change of a title, and a fleet's events come by the thousand. */
const drawEvery = 250;

export interface TerminalOptions {
  readonly stream: NodeJS.WriteStream;
  readonly paint: Paint;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface TerminalSink {
  readonly sink: Sink;
  /** Takes the rows away, so that something else can be written, and shows them again afterwards. */
  readonly aside: <T>(work: () => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

/** Rows on the terminal, until stopped. */
const show = async (frame: () => string, stream: NodeJS.WriteStream): Promise<() => Promise<void>> => {
  const { DefaultRenderer, Listr, ListrLogger, ProcessOutput } = await import("listr2");
  /** listr2 judges by standard output whether a terminal is there; the rows are on standard error. */
  class StderrRenderer extends DefaultRenderer {
    static override nonTTY = true;
  }
  const stopped = Promise.withResolvers<void>();
  const list = new Listr(
    [
      {
        title: frame(),
        task: async (_, task) => {
          const timer = setInterval(() => {
            task.title = frame();
          }, drawEvery);
          await stopped.promise;
          clearInterval(timer);
        },
      },
    ],
    {
      renderer: StderrRenderer,
      rendererOptions: {
        lazy: true,
        clearOutput: true,
        formatOutput: "truncate",
        icon: { PENDING: "", COMPLETED: "" },
        // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the logger's levels are texts, whatever their declared names
        logger: new ListrLogger({ useIcons: true, processOutput: new ProcessOutput(stream, stream, { leaveEmptyLine: false }) }),
      },
      // Its own handler would end the process before locks are released.
      registerSignalListeners: false,
    },
  );
  const run = list.run();
  return async () => {
    stopped.resolve();
    await run;
  };
};

/** For a terminal: rows by listr2 which follow the run. They are gone when it ends; the summary stays. */
export const terminalSink = ({ stream, paint, now = Date.now }: TerminalOptions): TerminalSink => {
  const model = createModel();
  let start = now();
  let turn: Promise<unknown> = Promise.resolve();
  let stop: (() => Promise<void>) | undefined;
  let wanted = false;
  const frame = (): string => progressRows(model, now() - start, paint).join(EOL);
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  };
  const open = async (): Promise<void> => {
    if (wanted) stop ??= await show(frame, stream);
  };
  const shut = async (): Promise<void> => {
    await stop?.();
    stop = undefined;
  };
  return {
    sink: (event) => {
      advance(model, event);
      start = event.time - event.at;
      if (wanted || (event.type !== "run-started" && event.type !== "phase-planned")) return;
      wanted = true;
      void inTurn(open);
    },
    aside: (work) =>
      inTurn(async () => {
        await shut();
        try {
          return await work();
        } finally {
          await open();
        }
      }),
    close: () => {
      wanted = false;
      return inTurn(shut);
    },
  };
};
