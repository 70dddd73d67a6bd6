import { createServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { connectLocal } from "../../src/host/local.ts";
import type { RootShell } from "../../src/host/transport.ts";

// Run inside a sandbox: lends that machine's own local transport to the test outside, shell by shell. A caller connects twice: once for the
// shell's input and output, after a line that tells a name and the loader; once, under the same name, for how it ended.

export interface Call {
  readonly name: string;
  /** Absent: tell how the shell of this name ended. */
  readonly loader?: string;
}

const transport = connectLocal("sandbox");
const shells = new Map<string, PromiseWithResolvers<RootShell>>();

const shellNamed = (name: string): PromiseWithResolvers<RootShell> => {
  const known = shells.get(name) ?? Promise.withResolvers<RootShell>();
  shells.set(name, known);
  return known;
};

const firstLine = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let line = Buffer.alloc(0);
    const hear = (): void => {
      for (let byte: Buffer | null = socket.read(1); byte; byte = socket.read(1)) {
        if (byte.toString() !== "\n") line = Buffer.concat([line, byte]);
        else {
          socket.off("readable", hear);
          resolve(line.toString());
          return;
        }
      }
    };
    socket.on("readable", hear);
  });

const serve = async (socket: Socket): Promise<void> => {
  socket.on("error", () => undefined);
  const { name, loader }: Call = JSON.parse(await firstLine(socket));
  if (loader === undefined) {
    const shell = await shellNamed(name).promise;
    const ended = await shell.ended;
    return void socket.end(JSON.stringify({ ...ended, tail: shell.stderrTail() }));
  }
  const shell = await transport.start(loader);
  shellNamed(name).resolve(shell);
  socket.pipe(shell.stdin);
  shell.stdout.pipe(socket);
  socket.once("close", () => shell.abandon());
};

const [, , path = ""] = process.argv;
createServer({ allowHalfOpen: true }, (socket) => void serve(socket)).listen(path, () => console.log("ready"));
// Its keeper's end is its own.
await text(process.stdin);
process.exit();
