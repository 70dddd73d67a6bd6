/** A line of a log and when it was written, in milliseconds since 1970 by the host's own clock; a line without a time has none. */
export interface LogLine {
  readonly at?: number;
  readonly text: string;
}

/** Bytes of a log that are asked for; of longer ones the end. */
export const logBytes = 48_000;

/** `journalctl -o short-unix`: `1763732000.123456 host kubelet[412]: text`. A message of several lines has its time at the first. */
export const parseJournal = (output: string): readonly LogLine[] =>
  output
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, seconds, text] = /^(\d{9,11}\.\d+) \S+ (.*)$/.exec(line) ?? [];
      return seconds === undefined || text === undefined ? { text: line } : { at: Math.round(Number(seconds) * 1000), text };
    });

/** A container's log as the CRI writes it: `2026-01-31T10:00:00.123456789Z stderr F text`. */
export const parseContainerLog = (output: string): readonly LogLine[] =>
  output
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, time, text] = /^(\S+T\S+) (?:stdout|stderr) [FP] (.*)$/.exec(line) ?? [];
      const at = time === undefined ? Number.NaN : Date.parse(time);
      return text === undefined || Number.isNaN(at) ? { text: line } : { at, text };
    });
