import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createStop } from "../../src/commands/stop.ts";
import { withFolder } from "./run-kbs.ts";

const main = join(import.meta.dirname, "../../src/main.ts");

interface Started {
  readonly child: ChildProcess;
  readonly said: () => string;
  /** Resolves once kbs has knocked at the host, which never answers. */
  readonly knocked: Promise<unknown>;
}

/** kbs on its way to a host that takes the connection and says nothing. */
const whileConnecting = (work: (started: Started) => Promise<void>): Promise<void> =>
  withFolder(async (cwd) => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => void sockets.push(socket)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    writeFileSync(
      join(cwd, "kbs.yaml"),
      `apiVersion: kbs/v1\nkind: Cluster\nmetadata: { name: demo }\nspec:\n  ssh: { user: root, port: ${port}, connectTimeout: 60 }\n  hosts:\n    - { name: h1, address: 127.0.0.1, internalAddress: 10.0.0.1, roles: [control-plane, worker] }\n`,
    );
    const env = { PATH: process.env["PATH"], HOME: cwd };
    const child = spawn(process.execPath, [main, "create", "cluster"], { cwd, env, stdio: ["ignore", "ignore", "pipe"] });
    let text = "";
    child.stderr.on("data", (chunk: Buffer) => void (text += chunk.toString()));
    try {
      await work({ child, said: () => text, knocked: once(server, "connection") });
    } finally {
      child.kill("SIGKILL");
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });

/** What a write to a pipe does that nobody reads any more. */
const toNobody = (): never => {
  throw Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
};

describe("a signal", () => {
  test.each(["SIGINT", "SIGTERM"] as const)("%s ends a run with code 130, a sentence, and how to go on", async (signal) => {
    await whileConnecting(async ({ child, said, knocked }) => {
      await knocked;
      child.kill(signal);
      const [code] = await once(child, "close");
      expect(said()).toContain("interrupted: finishing the change in flight and releasing the hosts; then run the same command again");
      expect(said()).toContain("next:\n  kbs create cluster    # goes on from there\n  kbs history    # what was done, and left open");
      expect(code).toBe(130);
    });
  });

  test("that comes twice leaves at once, and still says how to go on", () => {
    const controller = new AbortController();
    const told: (string | number)[] = [];
    const stop = createStop(controller, { write: (text) => told.push(text), exit: (code) => told.push(code), isTerminal: false });
    stop();
    expect(controller.signal.reason).toMatchObject({ exit: "interrupted" });
    expect(told).toEqual([]);
    stop();
    expect(told).toEqual([
      "\nleft at once: a change may be half done. The same command again finishes what was begun; kbs history shows it\n",
      130,
    ]);
  });

  test("that comes twice leaves with code 130 also when nobody reads what is said any more", () => {
    const codes: number[] = [];
    const stop = createStop(new AbortController(), { write: toNobody, exit: (code) => codes.push(code), isTerminal: true });
    stop();
    stop();
    expect(codes).toEqual([130]);
  });
});
