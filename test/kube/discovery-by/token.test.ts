import { once } from "node:events";
import { createSecureServer } from "node:http2";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Discovered, type DiscoveryOptions, discoverByToken } from "../../../src/kube/discovery-by/token.ts";
import { detachedJws } from "../../../src/pki/jws.ts";
import { renderClusterInfo } from "../../../src/pki/kubeconfig/kubeconfig.ts";
import { parseToken } from "../../../src/pki/token.ts";
import { UserError } from "../../../src/shared/errors.ts";
import { clusterInfo, json, makeCa, serve, signedInfo, status, type TestCa, type TestServer, token } from "./cluster.ts";

const names = ["kubernetes", "127.0.0.1"];

let ca: TestCa;
let server: TestServer;
let waits: string[];
beforeAll(async () => {
  ca = await makeCa();
});
beforeEach(async () => {
  waits = [];
  server = await serve(await ca.issue(names));
  server.answer = () => signedInfo(ca.pem, server.port);
});
afterEach(() => server.close());

interface Wish {
  readonly port?: number;
  readonly host?: string;
  readonly pins?: readonly string[];
  readonly token?: typeof token;
  readonly limits?: Partial<DiscoveryOptions>;
}

const discover = ({
  host = "127.0.0.1",
  port = server.port,
  pins = [ca.hash],
  token: by = token,
  limits,
}: Wish = {}): Promise<Discovered> =>
  discoverByToken(
    { endpoint: { host, port }, token: by, pins },
    {
      signal: new AbortController().signal,
      waiting: (reason) => void waits.push(reason),
      timeout: 3000,
      every: 20,
      signedWithin: 200,
      ...limits,
    },
  );

/** The error in all its parts. */
const failure = async (wish?: Wish): Promise<{ message: string; hint: string; probably: string; output: string }> => {
  const error: unknown = await discover(wish).catch((thrown: unknown) => thrown);
  if (!(error instanceof Error) || !("details" in error)) throw new Error("it was no UserError", { cause: error });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- told apart by the line above
  const { hint = "", probably = "", output = "" } = error.details as Record<string, string | undefined>;
  return { message: error.message, hint, probably, output };
};

/** Something else that listens. */
const listen = async (onSocket: (socket: Socket) => void): Promise<{ readonly port: number; readonly close: () => void }> => {
  const sockets = new Set<Socket>();
  const listener: Server = createServer((socket) => {
    sockets.add(socket.on("error", () => undefined));
    onSocket(socket);
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    close: () => {
      sockets.forEach((socket) => socket.destroy());
      listener.close();
    },
  };
};

test("a cluster is known by the token's signature and the hash of its CA, asked twice, and never told the token", async () => {
  expect(await discover()).toEqual({ endpoint: { host: "127.0.0.1", port: server.port }, ca: ca.pem, localAddress: "127.0.0.1" });
  const path = "/api/v1/namespaces/kube-public/configmaps/cluster-info";
  expect(server.asked).toEqual([
    { path, authorization: undefined },
    { path, authorization: undefined },
  ]);
});

test("of several hashes one must fit, and without a hash the token's signature is believed", async () => {
  const other = `sha256:${"0".repeat(64)}`;
  await expect(discover({ pins: [other, ca.hash] })).resolves.toMatchObject({ ca: ca.pem });
  await expect(discover({ pins: [] })).resolves.toMatchObject({ ca: ca.pem });
});

test("a CA with another hash is refused, and both are named", async () => {
  const other = `sha256:${"0".repeat(64)}`;
  const { message, output } = await failure({ pins: [other] });
  expect(message).toContain("is not the one that was named");
  expect(output).toContain(ca.hash);
  expect(output).toContain(other);
  expect(waits).toEqual([]);
});

test("a token for which there is no signature is unknown or expired, and only its public part is shown", async () => {
  const { message, hint } = await failure({ token: parseToken("zzzzzz.fedcba9876543210", "test") });
  expect(message).toMatch(/^the token zzzzzz\.… is not known to the cluster at 127\.0\.0\.1:\d+, or has expired/);
  expect(message).not.toContain("fedcba");
  expect(hint).toContain("kbs token create --print-join-command");
});

test("a signature that comes a little later is waited for", async () => {
  const signed = server.answer;
  server.answer = (nth) => (nth < 3 ? clusterInfo(renderClusterInfo(`https://127.0.0.1:${server.port}`, ca.pem), {}) : signed(nth));
  await expect(discover({ limits: { signedWithin: 3000 } })).resolves.toMatchObject({ ca: ca.pem });
  expect(waits).toEqual([expect.stringContaining("has no signature by it")]);
});

test("a signature by another secret is refused at once", async () => {
  const { message } = await failure({ token: parseToken("abcdef.0000000000000000", "test") });
  expect(message).toContain("was not made with this token");
  expect(server.asked).toHaveLength(1);
});

test("an answer that changes once the server has to prove itself is refused", async () => {
  const signed = server.answer;
  server.answer = (nth) => (nth === 1 ? signed(nth) : signedInfo(ca.pem, 1));
  expect((await failure()).message).toContain("gave two different answers");
});

const hours = (n: number): Date => new Date(Date.now() + n * 3_600_000);
const serveFor = async (from: Date, to: Date): Promise<void> => {
  server.close();
  server = await serve(await ca.issue(names, { notBefore: from, notAfter: to }));
};

describe("clocks", () => {
  test("a certificate that begins later is told with by how much, and whose clock is behind", async () => {
    await serveFor(hours(3), hours(9));
    server.answer = () => ({ ...signedInfo(ca.pem, server.port), date: hours(4) });
    const { message, hint } = await failure();
    expect(message).toMatch(/is not valid yet: it begins at .*, which is in 3 hours by this machine's clock/);
    expect(hint).toContain("this machine's clock is 4 hours behind that of the API server");
  });

  test("one that has ended is told so, and that the clocks agree", async () => {
    await serveFor(hours(-9), hours(-5));
    server.answer = () => signedInfo(ca.pem, server.port);
    const { message, hint } = await failure();
    expect(message).toContain("has expired 5 hours ago by this machine's clock");
    expect(hint).toContain("the clocks of both machines agree");
  });

  test("a CA that begins later is told the same way", async () => {
    const young = await makeCa({ notBefore: hours(3), notAfter: hours(50) });
    server.close();
    server = await serve(await young.issue(names));
    server.answer = () => signedInfo(young.pem, server.port);
    expect((await failure({ pins: [young.hash] })).message).toContain("which is in 3 hours");
  });
});

describe("what stands between, or is not the API server", () => {
  test("a proxy that ends TLS is told from the cluster by its certificate", async () => {
    const other = await makeCa();
    server.close();
    server = await serve(await other.issue(names));
    server.answer = () => signedInfo(ca.pem, server.port);
    const { message, probably } = await failure();
    expect(message).toContain("does not have a certificate of the cluster's CA: something else ends TLS there");
    expect(probably).toContain("a proxy or a load balancer");
  });

  test("an address that the server's certificate does not hold is named before a kubelet fails by it", async () => {
    server.answer = () => signedInfo(ca.pem, server.port, "localhost");
    const { message } = await failure();
    expect(message).toMatch(/says that nodes reach the API at localhost:\d+, and this machine does not/);
    expect(message).toContain("does not hold the name localhost");
  });

  test("an own address of the cluster that has no name here is told as that", async () => {
    server.answer = () => signedInfo(ca.pem, server.port, "k8s.invalid");
    expect((await failure()).message).toMatch(/nodes reach the API at k8s\.invalid:\d+, and this machine does not: the name k8s\.invalid/);
  });

  test("a server without TLS is quoted", async () => {
    const other = await listen((socket) => void socket.write("SSH-2.0-OpenSSH_9.2\r\n"));
    const { message, hint } = await failure({ port: other.port });
    other.close();
    expect(message).toContain('does not speak TLS, so it is no Kubernetes API server: it says "SSH-2.0-OpenSSH_9.2"');
    expect(hint).toContain("6443");
  });

  test("a server with TLS but without HTTP/2 is told from an API server", async () => {
    const pair = await ca.issue(names);
    const tls = createTlsServer({ ...pair, ALPNProtocols: ["http/1.1"] }).listen(0, "127.0.0.1");
    await once(tls, "listening");
    const address = tls.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    expect((await failure({ port })).message).toContain("speaks TLS, but not HTTP/2");
    tls.close();
  });

  test("a server that wants a certificate first, as etcd does, is told from an API server", async () => {
    const pair = await ca.issue(names);
    const etcd = createSecureServer({ ...pair, requestCert: true, ca: ca.pem }).listen(0, "127.0.0.1");
    etcd.on("sessionError", () => undefined);
    await once(etcd, "listening");
    const address = etcd.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    expect((await failure({ port })).message).toMatch(/^what answers at 127\.0\.0\.1:\d+ wants a certificate before it says anything/);
    etcd.close();
  });

  test("a server that answers with no object of Kubernetes is told from an API server", async () => {
    server.answer = () => ({ code: 404, body: "404 page not found" });
    expect((await failure()).message).toContain("is no Kubernetes API server: it answered 404 with text/plain");
  });

  test("one that lets nobody ask is told at once", async () => {
    server.answer = () => status(401, "Unauthorized");
    expect((await failure()).message).toContain("answers nobody who has not logged in");
    expect(server.asked).toHaveLength(1);
  });

  test.each([
    [status(403, "forbidden"), "does not let anybody read the ConfigMap kube-public/cluster-info"],
    [status(404, "not found"), "has no ConfigMap kube-public/cluster-info"],
    [status(503, "starting"), "answered 503: starting"],
    [json(200, { kind: "ConfigMap", data: null }), "holds no kubeconfig yet"],
  ])("what may pass is told and tried again (%#)", async (answer, words) => {
    server.answer = (nth) => (nth < 3 ? answer : signedInfo(ca.pem, server.port));
    await expect(discover({ limits: { timeout: 25_000 } })).resolves.toMatchObject({ ca: ca.pem });
    expect(waits).toEqual([expect.stringContaining(words)]);
  });

  test("what does not pass is given up at the limit, and told with how long it was tried", async () => {
    server.answer = () => status(503, "starting");
    expect((await failure({ limits: { timeout: 200 } })).message).toMatch(/answered 503: starting \(tried for [\d.]+ s\)$/);
  });
});

describe("no connection", () => {
  test("a port on which nobody listens is tried until the limit", async () => {
    const gone = await listen(() => undefined);
    gone.close();
    const { message } = await failure({ port: gone.port, limits: { timeout: 200 } });
    expect(message).toMatch(/refuses the connection: nothing listens on port \d+ there \(tried for/);
  });

  test("a server that comes up meanwhile is found", async () => {
    const { port } = server;
    server.close();
    const found = discover({ port, limits: { timeout: 20_000 } });
    while (waits.length === 0) await new Promise((done) => setTimeout(done, 10));
    const pair = await ca.issue(names);
    const again = createSecureServer(pair, undefined).listen(port, "127.0.0.1");
    again.on("stream", (stream) => {
      stream.respond({ ":status": 200, "content-type": "application/json" });
      stream.end(signedInfo(ca.pem, port).body);
    });
    await expect(found).resolves.toMatchObject({ endpoint: { port } });
    again.close();
  });

  test("a connection that is closed at once may pass, and is told as that", async () => {
    const other = await listen((socket) => void socket.destroy());
    const { message } = await failure({ port: other.port, limits: { timeout: 200 } });
    other.close();
    expect(message).toContain("closes the connection before TLS is agreed on");
  });

  test("a name that does not exist is told at once", async () => {
    expect((await failure({ host: "k8s.invalid" })).message).toMatch(/^the name k8s\.invalid (is not known|cannot be resolved)/);
  });

  test("a time limit of the whole run is told with what it has cut off", async () => {
    server.answer = () => status(503, "starting");
    const stop = new AbortController();
    const late = new UserError("not done within 1s", { exit: "phase" });
    const waiting = (): void => stop.abort(late);
    await expect(discover({ limits: { signal: stop.signal, waiting } })).rejects.toThrow(/^not done within 1s: .* answered 503: starting$/);
  });

  test("an abort ends it with its own reason", async () => {
    const stop = new AbortController();
    const silent = await listen(() => stop.abort(new Error("stopped")));
    await expect(discover({ port: silent.port, limits: { signal: stop.signal } })).rejects.toThrow("stopped");
    silent.close();
  });
});

test("the signature is the one that Kubernetes makes", () => {
  expect(detachedJws(token, "hello\n")).toBe("eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9..jGfh3cAKffhbjQqP1x03VRxdhcDip6Xp1PFxbB0P9vg");
});
