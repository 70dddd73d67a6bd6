import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { createServer as createHttp, get } from "node:http";
import { connect as connectTcp, createServer, type Server } from "node:net";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noCounts } from "../../../src/host/process.ts";
import { connectSsh } from "../../../src/host/ssh/connect.ts";
import type { Connection } from "../../../src/host/ssh/connection.ts";
import { dialBySocat } from "../../../src/host/ssh/forward.ts";
import { openRoute } from "../../../src/host/ssh/jumps.ts";
import { resolveRoute } from "../../../src/host/ssh/route.ts";
import { createSessions } from "../../../src/host/ssh/sessions.ts";
import type { SshChannel } from "../../../src/host/ssh/ssh2.ts";
import type { SshOptions, SshTarget } from "../../../src/host/ssh/target.ts";
import type { Transport } from "../../../src/host/transport.ts";
import { describeReal } from "./real.ts";
import {
  environmentOf,
  hostKeyOf,
  know,
  listen,
  makeKey,
  makePlace,
  optionsOf,
  portOf,
  publicKey,
  type Sshd,
  startSshd,
  targetOf,
} from "./sshd.ts";
import { refusal } from "./talk.ts";

const place = makePlace();
let hostKey: string;
let key: string;
let sshd: Sshd;
const running: Sshd[] = [];
const open: Transport[] = [];

const start = async (...config: readonly string[]): Promise<Sshd> => {
  const made = await startSshd(place, { hostKeys: [hostKey], authorized: [publicKey(key)], config });
  running.push(made);
  return made;
};

const connect = async (server: Sshd, more: Partial<SshTarget> = {}, options: SshOptions = optionsOf(place)): Promise<Transport> => {
  const transport = await connectSsh(targetOf(server, { identityFile: key, ...more }), options);
  open.push(transport);
  return transport;
};

/** A log-in without what a transport makes of it. */
const openTo = (server: Sshd): Promise<Connection> => {
  const options = optionsOf(place);
  return openRoute(resolveRoute(targetOf(server, { identityFile: key }), environmentOf(place), options), options);
};

const run = async (transport: Transport, loader: string, input = ""): Promise<string> => {
  const shell = await transport.start(loader);
  shell.stdin.end(input);
  return text(shell.stdout);
};

/** sshd's process for one connection: the listener's youngest child. */
const sessionProcess = (server: Sshd): number => Number(execFileSync("pgrep", ["-n", "-P", String(server.pid)], { encoding: "utf8" }));

const signal = (name: string, pid: number): void => {
  execFileSync("kill", [`-${name}`, String(pid)]);
};

/** A server that answers with what it hears, in capitals. */
const startEcho = (): Promise<Server> =>
  listen(
    createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (data) => socket.write(data.toString().toUpperCase()));
    }),
  );

const exchange = async (duplex: Duplex, words: string): Promise<string> => {
  duplex.write(words);
  const [answer] = await new Promise<[Buffer]>((resolve, reject) => {
    duplex.once("data", (data: Buffer) => resolve([data]));
    duplex.once("error", reject);
  });
  return answer.toString();
};

describeReal("a connection", () => {
  let echo: Server;

  beforeAll(async () => {
    hostKey = makeKey(place, "hostkey");
    key = makeKey(place, "id");
    know(place, `[127.0.0.1]:* ${hostKeyOf(hostKey)}`);
    sshd = await start();
    echo = await startEcho();
  });

  afterAll(async () => {
    for (const transport of open) await transport.close();
    for (const server of running) await server.stop();
    echo.close();
    place.remove();
  });

  test("carries a root shell: input, output, end and the tail of stderr, counted", async () => {
    const transport = await connect(sshd);
    const shell = await transport.start("cat; echo warned >&2; exit 7");
    shell.stdin.end("abc");
    expect(await text(shell.stdout)).toBe("abc");
    expect(await shell.ended).toEqual({ code: 7, signal: null });
    expect(shell.stderrTail()).toBe("warned\n");
    expect(transport.counts).toMatchObject({ channels: 1, bytesSent: 3 });
    const killed = await transport.start("kill -9 $$");
    expect(await killed.ended).toEqual({ code: null, signal: "SIGKILL" });
  });

  test("tells the last 4 KiB of a long stderr, and never its own markers", async () => {
    const transport = await connect(sshd);
    const shell = await transport.start("i=0; while [ $i -lt 3000 ]; do echo line $i >&2; i=$((i+1)); done");
    await shell.ended;
    expect(shell.stderrTail()).toHaveLength(4096);
    expect(shell.stderrTail().endsWith("line 2999\n")).toBe(true);
  });

  test("moves 32 MiB both ways at once, byte by byte, and waits for a slow reader", async () => {
    const transport = await connect(sshd);
    const payload = randomBytes(32 * 1024 * 1024);
    const shell = await transport.start("cat");
    const digest = createHash("sha256");
    const written = pipeline([payload.subarray(0, 1 << 24), payload.subarray(1 << 24)], shell.stdin);
    await sleep(300);
    // Nobody reads yet: what is under way is bounded by windows and buffers, not by memory.
    expect(transport.counts.bytesReceived).toBeLessThan(4 * 1024 * 1024);
    for await (const chunk of shell.stdout) digest.update(chunk);
    await written;
    expect(digest.digest("hex")).toBe(createHash("sha256").update(payload).digest("hex"));
  });

  test("lets a writer go when the shell ends without reading", async () => {
    const transport = await connect(sshd);
    const shell = await transport.start("exit 4");
    await expect(pipeline([Buffer.alloc(8 << 20)], shell.stdin)).rejects.toThrow(/premature close|destroyed/i);
    expect(await shell.ended).toEqual({ code: 4, signal: null });
  });

  test("sends small writes at once (TCP_NODELAY)", async () => {
    const transport = await connect(sshd);
    const shell = await transport.start("while read -r line; do echo $line; done");
    const begin = performance.now();
    for (let count = 0; count < 50; count++) {
      shell.stdin.write(`${count}\n`);
      await new Promise((resolve) => shell.stdout.once("data", resolve));
    }
    shell.stdin.end();
    expect(performance.now() - begin).toBeLessThan(1900); // with Nagle's algorithm each one costs 40 ms at least
  });

  test("runs thirty shells at once on one connection, at most eight at a time", async () => {
    const server = await start();
    const transport = await connect(server);
    const outputs = await Promise.all(Array.from({ length: 30 }, (_, index) => run(transport, `echo ${index}; sleep 0.05`)));
    expect(outputs).toEqual(Array.from({ length: 30 }, (_, index) => `${index}\n`));
    expect(server.log()).not.toContain("no more sessions");
    expect(server.log().match(/Accepted publickey/g)).toHaveLength(1);
  });

  test("adapts to sshd's own limit of sessions", async () => {
    const server = await start("MaxSessions 2");
    const transport = await connect(server);
    const outputs = await Promise.all(Array.from({ length: 12 }, (_, index) => run(transport, `echo ${index}; sleep 0.02`)));
    expect(outputs).toEqual(Array.from({ length: 12 }, (_, index) => `${index}\n`));
    expect(server.log()).toContain("no more sessions");
  });

  test("takes a session that is refused for a moment, as one is while another closes, for no limit", async () => {
    const connection = await openTo(sshd);
    const { launch, crowded } = createSessions(connection, noCounts());
    const held = await launch("cat");
    const { client } = connection;
    const exec = client.exec.bind(client);
    let refusals = 3;
    const refused = Object.assign(new Error("(SSH) Channel open failure: open failed"), { reason: 2 });
    Object.assign(client, {
      exec: (command: string, answer: (error: Error | undefined, channel?: SshChannel) => void) =>
        refusals-- > 0 ? answer(refused) : exec(command, answer),
    });
    expect(await text((await launch("echo there")).stdout)).toBe("there\n");
    expect(crowded.aborted).toBe(false);
    held.abandon();
    await connection.close();
  });

  test("says so when no session becomes free, and what would be enough", async () => {
    const connection = await openTo(await start("MaxSessions 1"));
    const { launch } = createSessions(connection, noCounts(), { within: 2000 });
    const held = await launch("cat");
    const error = await refusal(launch("true"));
    expect(error.message).toBe("no session of sshd on h1 became free within 2 s");
    expect(error.details).toMatchObject({ host: "h1", hint: expect.stringContaining("MaxSessions") });
    held.stdin.end();
    expect(await text((await launch("echo there")).stdout)).toBe("there\n");
    await connection.close();
  });

  test("says so soon when all that sshd opens are kept for the whole run", async () => {
    const connection = await openTo(await start("MaxSessions 1"));
    const { launch } = createSessions(connection, noCounts(), { tryAgain: 100 });
    const lease = await launch("cat", { lasts: true });
    const error = await refusal(launch("true"));
    expect(error.message).toBe("sshd on h1 opens no session beside the one that a run keeps");
    expect(error.details).toMatchObject({ exit: "unreachable", host: "h1", hint: expect.stringContaining("raise MaxSessions") });
    lease.stdin.end();
    expect(await text((await launch("echo there")).stdout)).toBe("there\n");
    await connection.close();
  });

  test("says so soon, too, when connections through sessions keep the rest", async () => {
    const server = await start("MaxSessions 2", "AllowTcpForwarding no");
    const connection = await openTo(server);
    const { launch } = createSessions(connection, noCounts(), { tryAgain: 100 });
    await launch("cat", { lasts: true });
    const tunnel = await dialBySocat(connection, launch, "127.0.0.1", server.port);
    const error = await refusal(launch("true"));
    expect(error.message).toBe("sshd on h1 opens no session beside the 2 that a run keeps");
    tunnel.destroy();
    expect(await text((await launch("echo there")).stdout)).toBe("there\n");
    await connection.close();
  });

  test("says so when sshd opens no session at all", async () => {
    const server = await start("MaxSessions 0");
    const error = await refusal((await connect(server)).start("true"));
    expect(error.message).toBe("h1 opens no session for a command");
    expect(error.details.hint).toContain("MaxSessions");
  });

  test("forty log-ins at once get through sshd's stock limit of ten", async () => {
    const server = await start("MaxStartups 10:30:100");
    const transports = await Promise.all(Array.from({ length: 40 }, () => connect(server)));
    expect(transports).toHaveLength(40);
  });

  test("is tried again when sshd drops it before the handshake", async () => {
    const server = await start("MaxStartups 1:100:1");
    const blocker = connectTcp(server.port, "127.0.0.1");
    await sleep(200);
    setTimeout(() => blocker.destroy(), 400);
    await connect(server);
    expect(server.log()).toMatch(/drop connection|past MaxStartups/);
  });

  test("that sshd drops every time is given up, with the likely cause", async () => {
    const server = await start("MaxStartups 1:100:1");
    const blocker = connectTcp(server.port, "127.0.0.1");
    await sleep(200);
    const error = await refusal(connect(server));
    blocker.destroy();
    expect(error.message).toContain("h1 closed the connection at once");
    expect(error.details.probably).toContain("MaxStartups");
  });

  test("dials from the host, and closes as a socket does", async () => {
    const transport = await connect(sshd);
    const duplex = await transport.dial("127.0.0.1", portOf(echo));
    expect(await exchange(duplex, "hello")).toBe("HELLO");
    duplex.end();
    await new Promise((resolve) => duplex.once("close", resolve));
    const error = await refusal(transport.dial("127.0.0.1", 1));
    expect(error.message).toBe("h1 cannot connect to 127.0.0.1 port 1: Connection refused");
  });

  test("dials through socat where sshd forbids forwarding, and remembers it", async () => {
    const server = await start("AllowTcpForwarding no");
    const options = optionsOf(place);
    const transport = await connect(server, {}, options);
    for (let count = 0; count < 2; count++) {
      const duplex = await transport.dial("127.0.0.1", portOf(echo));
      expect(await exchange(duplex, "through")).toBe("THROUGH");
      duplex.destroy();
    }
    expect(options.lines).toEqual(["sshd on h1 forbids forwarding: connections from there go through socat"]);
    expect(server.log().match(/refused local port forward/g)).toHaveLength(1);
    const error = await refusal(transport.dial("127.0.0.1", 1));
    expect(error.message).toContain("h1 cannot connect to 127.0.0.1 port 1:");
    expect(error.message).toContain("Connection refused");
  });

  test.each(["yes", "no"])("carries HTTP of any size over a dialled connection (AllowTcpForwarding %s)", async (forwarding) => {
    const body = randomBytes(3_000_000);
    const web = createHttp((_, response) => response.end(body));
    await listen(web);
    const transport = await connect(await start(`AllowTcpForwarding ${forwarding}`));
    const duplex = await transport.dial("127.0.0.1", portOf(web));
    const received = await new Promise<Buffer>((resolve, reject) => {
      get({ createConnection: () => duplex, headers: { connection: "close" } }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", () => resolve(Buffer.concat(chunks)));
      }).on("error", reject);
    });
    expect(received.equals(body)).toBe(true);
    web.close();
  });

  test("that is killed in flight fails everything on it at once, with host and hint", async () => {
    const transport = await connect(sshd);
    const shell = await transport.start("cat; sleep 100");
    const duplex = await transport.dial("127.0.0.1", portOf(echo));
    const reading = text(shell.stdout).catch((error: unknown) => error);
    const closed = new Promise((resolve) => duplex.once("close", resolve));
    const begin = performance.now();
    signal("KILL", sessionProcess(sshd));
    const error = await refusal(shell.ended);
    expect(error.message).toMatch(/^the SSH connection to h1 was lost: /);
    expect(error.details).toMatchObject({ host: "h1", hint: expect.stringContaining("Run the same command again") });
    expect(await reading).toBe(error); // never a clean end of the output
    await closed;
    await refusal(transport.start("true"));
    await refusal(transport.dial("127.0.0.1", 1));
    expect(performance.now() - begin).toBeLessThan(30_000); // the shell sleeps for longer
  });

  test("whose other side froze is noticed by its missing signs of life", async () => {
    const transport = await connect(sshd, { keepAliveInterval: 0.2 });
    const shell = await transport.start("sleep 100");
    const pid = sessionProcess(sshd);
    signal("STOP", pid);
    try {
      const begin = performance.now();
      const error = await refusal(shell.ended);
      expect(error.message).toBe("the SSH connection to h1 was lost: it no longer answers");
      expect(performance.now() - begin).toBeLessThan(30_000); // the shell sleeps for longer
    } finally {
      signal("CONT", pid);
    }
  });

  test("lets go of a shell that is abandoned, and of a start that is cancelled", async () => {
    const transport = await connect(sshd);
    const shell = await transport.start("echo begun; exec cat");
    await new Promise((resolve) => shell.stdout.once("data", resolve));
    shell.abandon();
    await sleep(50);
    expect(shell.stdin.destroyed && shell.stdout.destroyed).toBe(true);
    const reason = new Error("Ctrl-C");
    await expect(transport.start("true", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(transport.dial("127.0.0.1", 1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await run(transport, "echo still fine")).toBe("still fine\n");
  });

  test("that was closed says so to whoever uses it", async () => {
    const transport = await connect(sshd);
    const shell = await transport.start("exec cat");
    await transport.close();
    const error = await refusal(shell.ended);
    expect(error.message).toBe("the SSH connection to h1 was closed");
    await refusal(transport.start("true"));
  });
});

describeReal("jump hosts", () => {
  const jumps = makePlace();
  let keys: string[];
  let servers: Sshd[];

  beforeAll(async () => {
    keys = ["a", "b", "c"].map((name) => makeKey(jumps, `host-${name}`));
    key = makeKey(jumps, "id");
    servers = await Promise.all(keys.map((hostKeyFile) => startSshd(jumps, { hostKeys: [hostKeyFile], authorized: [publicKey(key)] })));
    know(jumps, ...servers.map(({ port }, index) => `[127.0.0.1]:${port} ${hostKeyOf(keys[index] ?? "")}`));
  });
  afterAll(async () => {
    for (const server of servers) await server.stop();
    jumps.remove();
  });

  const [jumpA, jumpB] = [0, 1].map((index) => () => ({
    host: "127.0.0.1",
    port: servers[index]?.port ?? 0,
    user: "root",
    identityFile: key,
  }));
  const target = (more: Partial<SshTarget> = {}): SshTarget => ({
    name: "h1",
    address: "127.0.0.1",
    port: servers[2]?.port ?? 0,
    user: "root",
    identityFile: key,
    ...more,
  });

  test("are passed in order, each verified under its own name", async () => {
    if (!jumpA || !jumpB) throw new Error("no jumps");
    const transport = await connectSsh(target({ jumpHosts: [jumpA(), jumpB()] }), optionsOf(jumps));
    expect(await run(transport, "echo there")).toBe("there\n");
    for (const index of [0, 1, 2]) expect(servers[index]?.log()).toContain("Accepted publickey");
    await transport.close();

    know(jumps, ...servers.map(({ port }, index) => `[127.0.0.1]:${port} ${hostKeyOf(keys[index === 1 ? 0 : index] ?? "")}`));
    const error = await refusal(connectSsh(target({ jumpHosts: [jumpA(), jumpB()] }), optionsOf(jumps)));
    expect(error.message).toContain(`the host key of jump host 127.0.0.1 ([127.0.0.1]:${servers[1]?.port}) is not the one`);
    know(jumps, ...servers.map(({ port }, index) => `[127.0.0.1]:${port} ${hostKeyOf(keys[index] ?? "")}`));
  });

  test("come from ssh_config, and many targets share one connection to them", async () => {
    jumps.write(
      "home/.ssh/config",
      `Host bastion\n  HostName 127.0.0.1\n  Port ${servers[0]?.port}\n  User root\n  IdentityFile ${key}\nHost inner\n  HostName 127.0.0.1\n  ProxyJump bastion\n`,
    );
    const before = servers[0]?.log().match(/Accepted publickey/g)?.length ?? 0;
    const transports = await Promise.all([1, 2, 3].map(() => connectSsh(target({ address: "inner" }), optionsOf(jumps))));
    expect(await Promise.all(transports.map((transport, index) => run(transport, `echo ${index}`)))).toEqual(["0\n", "1\n", "2\n"]);
    expect(servers[0]?.log().match(/Accepted publickey/g)).toHaveLength(before + 1);
    // The first one to leave must not take the others' bastion away.
    await transports[0]?.close();
    const [, second] = transports;
    expect(second && (await run(second, "echo on"))).toBe("on\n");
    for (const transport of transports) await transport.close();
    await sleep(200);
    expect(servers[0]?.log()).toMatch(/Disconnected from user root/);
  });

  test("that are lost take the connections behind them along, and a new one is made next time", async () => {
    if (!jumpA) throw new Error("no jump");
    const transport = await connectSsh(target({ jumpHosts: [jumpA()] }), optionsOf(jumps));
    const shell = await transport.start("sleep 100");
    const [bastion] = servers;
    if (bastion) signal("KILL", sessionProcess(bastion));
    const error = await refusal(shell.ended);
    expect(error.message).toMatch(/^the SSH connection to h1 was lost/);
    await transport.close();
    const again = await connectSsh(target({ jumpHosts: [jumpA()] }), optionsOf(jumps));
    expect(await run(again, "echo again")).toBe("again\n");
    await again.close();
  });

  test("that do not forward are named", async () => {
    const strict = await startSshd(jumps, { hostKeys: [keys[0] ?? ""], authorized: [publicKey(key)], config: ["AllowTcpForwarding no"] });
    try {
      const options = optionsOf(jumps, { acceptNewHostKeys: true });
      const error = await refusal(
        connectSsh(target({ jumpHosts: [{ host: "127.0.0.1", port: strict.port, user: "root", identityFile: key }] }), options),
      );
      expect(error.message).toBe("jump host 127.0.0.1 does not let h1 be reached through it");
    } finally {
      await strict.stop();
    }
  });
});
