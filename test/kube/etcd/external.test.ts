import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createServer as createHttp, type RequestListener } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { Duplex } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTcp } from "../../../src/host/tcp.ts";
import { askExternalEtcd } from "../../../src/kube/etcd/external.ts";
import { type Authority, makeAuthority, type Pair } from "../certificates.ts";

const dial = (host: string, port: number, signal: AbortSignal) => openTcp(host, port, 10_000, signal);
/** A connection on which nothing is ever said. */
const silent = (): Duplex => new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
const signal = new AbortController().signal;

const answering: RequestListener = ({ url }, response) => {
  if (url === "/version") response.end('{"etcdserver":"3.6.8","etcdcluster":"3.6.0","storage":"3.6.0"}');
  else response.writeHead(404).end();
};

const listen = async (server: ReturnType<typeof createHttp>): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on TCP
  return (server.address() as AddressInfo).port;
};

const servers: ReturnType<typeof createHttp>[] = [];
const start = async (server: ReturnType<typeof createHttp>): Promise<number> => {
  servers.push(server);
  return await listen(server);
};

let [authority, client, port]: [Authority | undefined, Pair | undefined, number] = [undefined, undefined, 0];

const authorities: Authority[] = [];
const newAuthority = async (): Promise<Authority> => {
  const made = await makeAuthority();
  authorities.push(made);
  return made;
};

beforeAll(async () => {
  authority = await newAuthority();
  const own = await authority.issue("etcd", "/CN=etcd-1", "IP:127.0.0.1");
  client = await authority.issue("client", "/CN=client");
  port = await start(
    createHttps({ key: own.key, cert: own.cert, ca: authority.cert, requestCert: true, rejectUnauthorized: true }, answering),
  );
}, 60_000);

afterAll(async () => {
  for (const server of servers) server.close();
  for (const { directory } of authorities) await rm(directory, { recursive: true });
});

const login = () => ({
  ca: Buffer.from(authority?.cert ?? ""),
  cert: Buffer.from(client?.cert ?? ""),
  key: Buffer.from(client?.key ?? ""),
});

describe("an external etcd", () => {
  test("is asked for its version with the client certificate of the API server", async () => {
    const url = `https://127.0.0.1:${port}`;
    expect(await askExternalEtcd(url, login(), dial, signal)).toEqual({ url, version: "3.6.8" });
  });

  test("that takes no client without a certificate says so", async () => {
    const { cert: _cert, key: _key, ...without } = login();
    expect(await askExternalEtcd(`https://127.0.0.1:${port}`, without, dial, signal)).toHaveProperty("problem");
  });

  test("of another CA is not believed", async () => {
    const other = await newAuthority();
    const answer = await askExternalEtcd(`https://127.0.0.1:${port}`, { ...login(), ca: Buffer.from(other.cert) }, dial, signal);
    expect(answer).toMatchObject({ problem: expect.stringMatching(/certificate|signature/) });
  });

  test("may speak without TLS", async () => {
    const url = `http://127.0.0.1:${await start(createHttp(answering))}`;
    expect(await askExternalEtcd(url, {}, dial, signal)).toEqual({ url, version: "3.6.8" });
  });

  test.each([
    ["https://etcd.example.com:443", 443],
    ["http://etcd.example.com:80", 80],
  ])("at %s is dialled at the port of that scheme", async (url, wanted) => {
    const dialled: number[] = [];
    const refusing = (_host: string, to: number) => {
      dialled.push(to);
      return Promise.reject(new Error("refused"));
    };
    expect(await askExternalEtcd(url, {}, refusing, signal)).toEqual({ url, problem: "refused" });
    expect(dialled).toEqual([wanted]);
  });

  test.each(["https", "http"])("whose connection is closed without an error, by %s, is a problem in words", async (scheme) => {
    const stream = silent();
    setTimeout(() => stream.destroy(), 20);
    const answer = await askExternalEtcd(`${scheme}://127.0.0.1:2379`, {}, () => Promise.resolve(stream), signal);
    expect(answer).toMatchObject({ problem: expect.stringMatching(/clos/i) });
  });

  test("whose connection was closed before anything was said is left when the run is ended", async () => {
    const ended = new AbortController();
    const closed = silent().destroy();
    await once(closed, "close");
    const asked = askExternalEtcd("https://127.0.0.1:2379", {}, () => Promise.resolve(closed), ended.signal);
    setTimeout(() => ended.abort(new Error("interrupted")), 20);
    await expect(asked).rejects.toThrow("interrupted");
  });

  test("that is something else, or nothing, is a problem in words", async () => {
    const web = await start(createHttp((_request, response) => response.end("<html>")));
    expect(await askExternalEtcd(`http://127.0.0.1:${web}`, {}, dial, signal)).toMatchObject({
      problem: "it does not answer as etcd does (code 200)",
    });
    expect(await askExternalEtcd("http://127.0.0.1:1", {}, dial, signal)).toMatchObject({ problem: expect.stringMatching(/ECONNREFUSED/) });
  });
});
