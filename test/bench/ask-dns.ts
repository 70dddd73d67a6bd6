import { createSocket } from "node:dgram";
import { createInterface } from "node:readline";

// Asks a DNS server for a name, again and again until it answers, and prints the moment in milliseconds since the epoch. It is started early, in
// the network of a host, and told by a line on its stdin when to begin: so its own start costs none of the measured time.
// Arguments: server, name.

const [server = "", name = ""] = process.argv.slice(2);

/** Milliseconds. */
const every = 50;

/** A query for the name's IPv4 address (RFC 1035, section 4). */
const query = (id: number): Buffer => {
  const header = Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  const labels = name.split(".").map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, 1, 0, 1])]);
};

/** Without an error, and with an answer at least. */
const isAnswer = (reply: Buffer): boolean => reply.length > 12 && (reply.readUInt8(3) & 15) === 0 && reply.readUInt16BE(6) > 0;

const socket = createSocket("udp4");
socket.on("message", (reply) => {
  if (!isAnswer(reply)) return;
  process.stdout.write(`${Date.now()}\n`, () => process.exit(0));
});
// Until there is a way to the server, the network says so.
socket.on("error", () => undefined);

const input = createInterface({ input: process.stdin });
input.once("line", () => {
  let id = 0;
  setInterval(() => socket.send(query(++id & 0xffff), 53, server, () => undefined), every);
});
input.once("close", () => process.exit(1));
