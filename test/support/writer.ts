import { setTimeout as sleep } from "node:timers/promises";
import { KubeError } from "../../src/kube/error.ts";
import type { Kube } from "../../src/kube/types.ts";

/** What a writer has to say in the end. */
export interface Written {
  /** Numbers of the writes that were acknowledged. */
  readonly acknowledged: readonly number[];
  /** Milliseconds between two acknowledgements, at the longest. */
  readonly longestGap: number;
}

export interface Writer {
  stop(): Promise<Written>;
}

const name = (nth: number): string => `written-${nth}`;
const label = "kbs-test";
const configMaps = { apiVersion: "v1", kind: "ConfigMap", namespace: "default" };

/** Milliseconds for one try, and between two writes. */
const tryWithin = 1500;
const between = 100;

/**
 * Writes one object after another, each to whichever API server takes it: the one that took the last, else the next. A write counts once a server has
 * said so; one that is there already was made by a try whose answer was lost.
 */
export const startWriter = (servers: readonly Kube[]): Writer => {
  const acknowledged: number[] = [];
  const over = new AbortController();
  const isOver = (): boolean => over.signal.aborted;
  let [good, last, longestGap] = [0, Date.now(), 0];
  const write = async (nth: number): Promise<void> => {
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: name(nth), namespace: "default", labels: { [label]: "" } } };
    for (let tries = 0; !isOver(); tries++) {
      try {
        await servers[good % servers.length]?.create(object, { timeout: tryWithin, patience: 0 });
        longestGap = Math.max(longestGap, Date.now() - last);
        last = Date.now();
        acknowledged.push(nth);
        return;
      } catch (error) {
        if (!(error instanceof KubeError)) throw error;
        good += 1;
        if (tries > 0 && tries % servers.length === 0) await sleep(between);
      }
    }
  };
  const all = async (): Promise<void> => {
    for (let nth = 0; !isOver(); nth++) {
      await write(nth);
      await sleep(between);
    }
  };
  const ended = all();
  return {
    stop: async () => {
      over.abort();
      await ended;
      return { acknowledged, longestGap };
    },
  };
};

/** Numbers of the writes that are there; then they are taken away. */
export const takeWritten = async (server: Kube): Promise<readonly number[]> => {
  const { items } = await server.list({ ...configMaps, labelSelector: label });
  await Promise.all(items.map(({ metadata }) => server.remove({ ...configMaps, name: metadata.name })));
  return items.map(({ metadata }) => Number(metadata.name.replace(name(0).slice(0, -1), ""))).toSorted((a, b) => a - b);
};
