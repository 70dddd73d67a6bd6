import type { TimedEvent } from "../events.ts";
import type { Sent } from "./record.ts";

/** Content under way to one host. */
interface Upload {
  readonly from: number;
  readonly base: number;
  to: number;
  sent: number;
}

export interface SentCollector {
  readonly take: (event: TimedEvent & { type: "bytes" }) => void;
  readonly all: () => ReadonlyMap<string, readonly Sent[]>;
}

/** The stretches of time in which content was sent to each host: one lasts until all that was asked for by then has arrived. */
export const collectSent = (): SentCollector => {
  const done = new Map<string, Sent[]>();
  const open = new Map<string, Upload>();
  const told = new Map<string, number>();
  const close = (host: string, { from, to, base, sent }: Upload): void => {
    done.set(host, [...(done.get(host) ?? []), { from, to, bytes: sent - base }]);
    open.delete(host);
  };
  return {
    take: ({ host, sent, total, at }) => {
      const upload = open.get(host) ?? { from: at, to: at, base: told.get(host) ?? 0, sent };
      upload.to = at;
      upload.sent = sent;
      told.set(host, sent);
      open.set(host, upload);
      if (sent >= total) close(host, upload);
    },
    all: () => {
      for (const [host, upload] of open) close(host, upload);
      return done;
    },
  };
};
