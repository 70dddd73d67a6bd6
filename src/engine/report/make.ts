import { open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { UserError } from "../../shared/errors.ts";
import { collect } from "./collect.ts";
import { renderReport } from "./page.ts";
import { readEvents } from "./read-events.ts";
import type { RunRecord } from "./record.ts";

export interface Report {
  readonly page: string;
  /** What a file of it may be called: the cluster's name and the beginning of the run's id. */
  readonly fileName: string;
}

const plainName = (text: string): string => text.replaceAll(/[^\w.-]+/g, "-").replace(/^[.-]+/, "");

const fileNameOf = ({ started, began }: RunRecord): string => {
  const cluster = plainName(started?.cluster ?? "").slice(0, 80) || "run";
  const run = plainName(started?.run ?? "").slice(0, 8) || String(began);
  return `${cluster}-${run}.html`;
};

/**
 * Makes the page of a run out of its events.
 * @param input the newline-delimited events; `name` says in errors what they are
 * @throws UserError when they cannot be read, or are no events; the signal's reason when it is aborted
 */
export const makeReport = async (input: NodeJS.ReadableStream, name: string, signal: AbortSignal): Promise<Report> => {
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY, signal });
  try {
    const run = await collect(readEvents(lines, name));
    signal.throwIfAborted();
    return { page: renderReport(run), fileName: fileNameOf(run) };
  } catch (error) {
    // What was read until then may be no events, which is not what is wrong.
    signal.throwIfAborted();
    throw error;
  }
};

const isSystemError = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && "syscall" in error;

/** The same of a file. */
export const makeReportOf = async (path: string, signal: AbortSignal): Promise<Report> => {
  signal.throwIfAborted();
  try {
    const file = await open(path);
    try {
      return await makeReport(file.createReadStream({ autoClose: false }), path, signal);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new UserError(`${path} cannot be read: ${error.message}`, { cause: error, hint: "is it a file, and may you read it?" });
  }
};
