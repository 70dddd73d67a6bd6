import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type Patience, shellHost } from "../../../src/host/shell-host.ts";
import { connectSsh } from "../../../src/host/ssh/connect.ts";
import type { RootShell, Transport } from "../../../src/host/transport.ts";
import { listen, makeKey, makePlace, optionsOf, portOf, publicKey } from "../../host/ssh/sshd.ts";
import { childrenOf } from "../../lab/process.ts";
import type { Call } from "../../support/local-door.ts";
import { plainTransport, type Sandbox, startSandbox } from "../../support/sandbox.ts";
import { type Body, type Files, type Operator, type RealFiles, realFiles } from "./body.ts";
import { doubles } from "./doubles.ts";

/** A body with a real machine behind it. */
export interface RealBody extends Body {
  readonly files: Files & RealFiles;
  readonly run: (script: string) => Promise<string>;
  readonly sandbox: Sandbox;
  /** Root shells past the host: for what a host would never send. */
  readonly transport: () => Promise<Transport>;
}

/** A host's patience, for tests that wait for its end. */
const hasty: Patience = { stopping: 1500, lease: 45 };

interface Connected {
  readonly transport: Transport;
  readonly die: () => void;
}

/**
 * A connection that can be lent again: a test that did not break it leaves it to the next one, less the shells which it has left. To log in, or
 * to start the process that lends a door, takes longer than most tests.
 */
interface Lent extends Connected {
  readonly isDead: () => boolean;
  readonly tidy: () => void;
}

const lend = ({ transport, die }: Connected): Lent => {
  let dead = false;
  const shells = new Set<RootShell>();
  const start: Transport["start"] = async (loader, options) => {
    const shell = await transport.start(loader, options);
    shells.add(shell);
    const forget = (): void => void shells.delete(shell);
    shell.ended.then(forget, forget);
    return shell;
  };
  return {
    transport: { ...transport, start, counts: transport.counts, close: async () => undefined },
    die: () => {
      dead = true;
      die();
    },
    isDead: () => dead,
    tidy: () => shells.forEach((shell) => shell.abandon()),
  };
};

const realBody = (sandbox: Sandbox, dial: () => Promise<Connected>, stop: () => Promise<void>, patience: Patience = hasty): RealBody => {
  const free: Lent[] = [];
  const lent: Lent[] = [];
  const take = async (): Promise<Lent> => {
    const one = free.pop() ?? lend(await dial());
    lent.push(one);
    return one;
  };
  return {
    sandbox,
    files: realFiles(sandbox.at),
    run: sandbox.run,
    transport: async () => (await take()).transport,
    operator: async (): Promise<Operator> => {
      const { transport, die } = await take();
      return { host: shellHost(transport, patience), die };
    },
    forget: async () => {
      for (const one of lent.splice(0)) {
        one.tidy();
        if (!one.isDead()) free.push(one);
      }
      await sandbox.run("rm -rf /var/lib/kbs /run/kbs /srv/*");
    },
    stop,
  };
};

const furnished = async (): Promise<Sandbox> => {
  const sandbox = await startSandbox();
  await sandbox.run(doubles);
  // What this machine's root does at each log-in (version managers take hundreds of processes) is no part of the contract.
  await sandbox.run("cd ~root && rm -f .bashrc .bash_profile .profile .bash_login");
  return sandbox;
};

/** Shells as child processes. */
export const plainBody = async (): Promise<RealBody> => {
  const sandbox = await furnished();
  const dial = async (): Promise<Connected> => {
    const plain = plainTransport("sandbox", sandbox);
    const shells: RootShell[] = [];
    const transport: Transport = {
      ...plain,
      start: async (loader) => {
        const shell = await plain.start(loader);
        shells.push(shell);
        return shell;
      },
    };
    return { transport, die: () => shells.forEach((shell) => shell.abandon()) };
  };
  return realBody(sandbox, dial, sandbox.stop);
};

const sshdConfig = `HostKey /etc/ssh/contract
AuthorizedKeysFile /etc/ssh/contract-authorized
StrictModes no
UsePAM no
PidFile none
PermitRootLogin yes
MaxStartups 100
`;

/** A body whose connections can be cut as a broken cable does it: nothing goes through any more, and nobody is told. */
export interface CableBody extends RealBody {
  readonly cut: () => void;
}

/**
 * By SSH: an sshd in the sandbox for each connection, as inetd would start it.
 * @param keepAliveInterval seconds
 * @param more further lines of sshd_config
 */
export const sshBody = async (patience = hasty, keepAliveInterval = 10, more = ""): Promise<CableBody> => {
  const sandbox = await furnished();
  const place = makePlace();
  const identityFile = makeKey(place, "id");
  await sandbox.run(
    `ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/contract; echo '${publicKey(identityFile)}' >/etc/ssh/contract-authorized
printf '%s' '${sshdConfig}${more}' >/etc/ssh/contract.conf`,
  );
  const sockets = new Map<number, Socket>();
  const cables = new Set<() => void>();
  const server = await listen(
    createServer((socket) => {
      const sshd = sandbox.spawn(["/usr/sbin/sshd", "-i", "-f", "/etc/ssh/contract.conf", "-E", "/tmp/sshd.log"]);
      for (const stream of [socket, sshd.stdin]) stream.on("error", () => undefined);
      socket.once("close", () => sshd.stdin.destroy());
      socket.pipe(sshd.stdin);
      sshd.stdout.pipe(socket);
      cables.add(() => {
        socket.unpipe(sshd.stdin).resume();
        sshd.stdout.unpipe(socket).resume();
      });
      if (socket.remotePort !== undefined) sockets.set(socket.remotePort, socket);
    }),
  );
  const known = await sandbox.run("cut -d' ' -f1-2 /etc/ssh/contract.pub");
  place.write("home/.ssh/known_hosts", `[127.0.0.1]:${portOf(server)} ${known}`);
  const open: Transport[] = [];
  const dialOne = async (): Promise<Connected> => {
    const before = new Set(sockets.keys());
    const target = { name: "sandbox", address: "127.0.0.1", port: portOf(server), user: "root", identityFile, keepAliveInterval };
    const transport = await connectSsh(target, optionsOf(place));
    open.push(transport);
    const ours = [...sockets].filter(([port]) => !before.has(port));
    return { transport, die: () => ours.forEach(([, socket]) => socket.destroy()) };
  };
  // One after the other, or nobody knows whose socket is whose.
  let last: Promise<unknown> = Promise.resolve();
  const dial = (): Promise<Connected> => {
    const next = last.then(dialOne);
    last = next.catch(() => undefined);
    return next;
  };
  const stop = async (): Promise<void> => {
    await Promise.allSettled(open.map((transport) => transport.close()));
    server.close();
    await sandbox.stop();
    place.remove();
  };
  return { ...realBody(sandbox, dial, stop, patience), cut: () => cables.forEach((cut) => cut()) };
};

/** The local transport of a process that runs in the sandbox. */
export const localBody = async (): Promise<RealBody> => {
  const sandbox = await furnished();
  const program = join(import.meta.dirname, "../../support/local-door.ts");
  const dial = async (): Promise<Connected> => {
    const path = `/run/door-${randomUUID()}`;
    const door = sandbox.spawn([process.execPath, program, path]);
    const errors = text(door.stderr);
    await Promise.race([once(door.stdout, "data"), once(door, "exit")]);
    if (door.exitCode !== null) throw new Error(`the door into the sandbox did not open: ${await errors}`);
    const [pid = 0] = childrenOf(door.pid ?? 0);
    return { transport: localTransport(sandbox.at(path)), die: () => void process.kill(pid, "SIGKILL") };
  };
  return realBody(sandbox, dial, sandbox.stop);
};

interface Told {
  readonly code: number | null;
  readonly signal: string | null;
  readonly tail: string;
}

const localTransport = (path: string): Transport => {
  const counts = { channels: 0, bytesSent: 0, bytesReceived: 0 };
  const ask = (call: Call): Socket => {
    const socket = connect({ path, allowHalfOpen: true });
    socket.on("error", () => undefined);
    socket.write(`${JSON.stringify(call)}\n`);
    return socket;
  };
  return {
    name: "sandbox",
    counts,
    start: async (loader) => {
      counts.channels++;
      const name = String(counts.channels);
      const talk = ask({ name, loader });
      let tail = "";
      const tell = async (): Promise<Told> => {
        const told: Told = JSON.parse((await text(ask({ name }))) || '{"code":null,"signal":"SIGHUP","tail":""}');
        ({ tail } = told);
        if (!talk.readableEnded && !talk.destroyed) await once(talk, "end");
        return told;
      };
      return { stdin: talk, stdout: talk, stderrTail: () => tail, ended: tell(), abandon: () => talk.destroy() };
    },
    dial: () => Promise.reject(new Error("nothing dials into a sandbox")),
    close: async () => undefined,
  };
};
