/** An event of `--output json`, as a reader that knows no schema sees it. */
export interface KbsEvent {
  readonly type: string;
  readonly host?: string;
  readonly phase?: string;
  readonly state?: string;
  readonly change?: string;
  readonly detail?: string;
  readonly text?: string;
  readonly channels?: number;
}

/** The events of a run's standard output, a line each. */
export const eventsOf = (stdout: string): KbsEvent[] =>
  stdout
    .split("\n")
    .filter(Boolean)
    .map((line): KbsEvent => JSON.parse(line));
