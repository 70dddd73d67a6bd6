import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { connectLocal } from "../../src/host/local.ts";
import { UserError } from "../../src/shared/errors.ts";
import { describeReal } from "./ssh/real.ts";
import { listen, makePlace, portOf } from "./ssh/sshd.ts";
import { addUser } from "./ssh/users.ts";

describeReal("this machine", () => {
  test("gives a root shell: input, output, end and the tail of stderr, counted", async () => {
    const transport = connectLocal("here");
    const shell = await transport.start("id -u; cat; echo warned >&2; exit 3");
    shell.stdin.end("abc");
    expect(await text(shell.stdout)).toBe("0\nabc");
    expect(await shell.ended).toEqual({ code: 3, signal: null });
    expect(shell.stderrTail()).toBe("warned\n");
    expect(transport.counts).toMatchObject({ channels: 1, bytesSent: 3 });
    const killed = await transport.start("kill -9 $$");
    expect(await killed.ended).toEqual({ code: null, signal: "SIGKILL" });
  });

  test("runs a shell in a process group of its own", async () => {
    const shell = await connectLocal("here").start("exec ps -o pgid= -p $$");
    const group = Number(await text(shell.stdout));
    const ours = Number(execFileSync("ps", ["-o", "pgid=", "-p", String(process.pid)], { encoding: "utf8" }));
    expect(group).toBeGreaterThan(0);
    expect(group).not.toBe(ours);
  });

  test("lets go of a shell that is abandoned", async () => {
    const shell = await connectLocal("here").start("echo $$; cat");
    const [pid] = await once(shell.stdout, "data");
    shell.abandon();
    expect(shell.stdout.destroyed).toBe(true);
    await shell.ended; // cat met the end of its input
    expect(() => process.kill(Number(String(pid)), 0)).toThrow(/ESRCH/);
  });

  test("dials, and says what it could not reach", async () => {
    const server = await listen(createServer((socket) => socket.end("hello")));
    const transport = connectLocal("here");
    expect(await text(await transport.dial("127.0.0.1", portOf(server)))).toBe("hello");
    server.close();
    const error = await transport.dial("127.0.0.1", 1).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toContain("here cannot connect to 127.0.0.1 port 1:");
  });

  test("becomes root by sudo when kbs runs as someone else", () => {
    const place = makePlace();
    const password = "local secret";
    const user = addUser(place, { password, sudo: "ALL=(ALL) ALL" });
    try {
      const script = `
        import { text } from "node:stream/consumers";
        import { connectLocal } from ${JSON.stringify(join(import.meta.dirname, "../../src/host/local.ts"))};
        const transport = connectLocal("here", { sudoPassword: async () => process.env.ASKED });
        const shell = await transport.start("id -u; cat");
        shell.stdin.end("payload");
        console.log(JSON.stringify([process.getuid() !== 0, await text(shell.stdout), shell.stderrTail()]));
        await connectLocal("here").start("true").catch((error) => console.log(error.message));
      `;
      const file = place.write("local.mts", script);
      execFileSync("chmod", ["644", file]);
      const run = execFileSync("setpriv", ["--reuid", user.name, "--init-groups", "--regid", user.name, process.execPath, file], {
        encoding: "utf8",
        env: { PATH: "/usr/bin:/bin", ASKED: password },
        cwd: "/",
      });
      const [first = "", second] = run.trim().split("\n");
      expect(JSON.parse(first)).toEqual([true, "0\npayload", ""]);
      expect(second).toBe(`no root shell on here: sudo wants the password of "${user.name}", and none is known`);
    } finally {
      user.remove();
      place.remove();
    }
  });
});
