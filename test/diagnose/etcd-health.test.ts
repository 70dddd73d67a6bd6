import { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { askEtcd } from "../../src/diagnose/etcd-health.ts";

/** A port that answers with one page, then ends. */
const answering = (page: string): Duplex => {
  const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  stream.push(`HTTP/1.0 200 OK\r\n\r\n${page}`);
  stream.push(null);
  return stream;
};

test.each(["127.0.0.1", "::1"])("etcd is asked for its health where it serves metrics: %s", async (loopback) => {
  const dialled = new Set<string>();
  const dial = async (address: string, port: number) => {
    dialled.add(`${address} ${port}`);
    return answering('{"health":"true","reason":""}');
  };
  const found = await askEtcd({ dial }, loopback, AbortSignal.timeout(10_000));
  expect(found?.evidence).toMatchObject({ health: "true" });
  expect(dialled).toEqual(new Set([`${loopback} 2381`]));
});
