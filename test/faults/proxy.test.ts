import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { random } from "../support/random.ts";
import { type SshProxy, startProxy } from "./proxy.ts";

// A server that sends back what it gets stands for sshd.
let server: Server;
let proxy: SshProxy;

beforeEach(async () => {
  server = createServer((socket: Socket) => void socket.on("error", () => undefined).pipe(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  proxy = await startProxy("127.0.0.1", random(1), address.port);
});
afterEach(async () => {
  await proxy.close();
  server.close();
});

const open = async (): Promise<Socket> => {
  const socket = connect(proxy.port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
};

/** What comes back of some bytes. */
const echoed = async (socket: Socket, bytes: Buffer): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.end(bytes);
  await once(socket, "end");
  return Buffer.concat(chunks);
};

test("left alone, it passes every byte on in both directions, and the end of a stream", async () => {
  const bytes = randomBytes(3_000_000);
  expect((await echoed(await open(), bytes)).equals(bytes)).toBe(true);
});

test("slow, it passes all bytes on in their order", async () => {
  proxy.slowDown(1);
  const bytes = randomBytes(200_000);
  expect((await echoed(await open(), bytes)).equals(bytes)).toBe(true);
});

test("garbling changes one byte, once", async () => {
  const bytes = randomBytes(1000);
  proxy.garble();
  const back = await echoed(await open(), bytes);
  expect(back).toHaveLength(bytes.length);
  expect(back.filter((byte, at) => byte !== bytes[at])).toHaveLength(1);
  expect((await echoed(await open(), bytes)).equals(bytes)).toBe(true);
});

test("a reset ends all connections with an error; new ones go through", async () => {
  const socket = await open();
  socket.write("hello");
  await once(socket, "data");
  const failed = once(socket, "error");
  proxy.reset();
  expect(await failed).toMatchObject([{ code: "ECONNRESET" }]);
  const bytes = randomBytes(10);
  expect((await echoed(await open(), bytes)).equals(bytes)).toBe(true);
});
