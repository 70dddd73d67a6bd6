import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectSsh } from "../../../src/host/ssh/connect.ts";
import type { SshTarget } from "../../../src/host/ssh/target.ts";
import type { UserError } from "../../../src/shared/errors.ts";
import { everyPid } from "../../lab/process.ts";
import { describeReal } from "./real.ts";
import { hostKeyOf, know, makeKey, makePlace, optionsOf, publicKey, type Sshd, startSshd, targetOf } from "./sshd.ts";
import { answering, refusal } from "./talk.ts";
import { addUser, removeLeftUsers, type TestUser, type UserSetup } from "./users.ts";

const place = makePlace();
const password = "pass word'\"\\$x";
const users: TestUser[] = [];
let sshd: Sshd;
let key: string;

const user = (setup: UserSetup = {}): TestUser => {
  const made = addUser(place, setup);
  users.push(made);
  return made;
};

const targetFor = ({ name }: TestUser, more: Partial<SshTarget> = {}): SshTarget =>
  targetOf(sshd, { user: name, identityFile: key, ...more });

interface Heard {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `id -u` and hands back what the shell reads on stdin. */
const asRoot = async (target: SshTarget, options = optionsOf(place)): Promise<Heard> => {
  const transport = await connectSsh(target, options);
  try {
    const shell = await transport.start("id -u; cat");
    shell.stdin.end("payload");
    const stdout = await text(shell.stdout);
    expect(await shell.ended).toEqual({ code: 0, signal: null });
    return { stdout, stderr: shell.stderrTail() };
  } finally {
    await transport.close();
  }
};

const refused = (target: SshTarget, options = optionsOf(place)): Promise<UserError> => refusal(asRoot(target, options));

/** sudo's log of this machine must not gain our password; neither may any running process show it. */
const argvOfAll = (): string =>
  everyPid()
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8");
      } catch {
        return "";
      }
    })
    .join("\n");

describeReal("a log-in that is not root", () => {
  beforeAll(async () => {
    removeLeftUsers();
    const hostKey = makeKey(place, "hostkey");
    key = makeKey(place, "id");
    know(place, `[127.0.0.1]:* ${hostKeyOf(hostKey)}`);
    sshd = await startSshd(place, { hostKeys: [hostKey], authorized: [publicKey(key)] });
  });

  afterAll(async () => {
    await sshd.stop();
    for (const made of users) made.remove();
    place.remove();
  });

  test("becomes root by sudo without password, whether or not one is known, and the payload stays clean", async () => {
    const free = user({ sudo: "ALL=(ALL) NOPASSWD: ALL" });
    expect(await asRoot(targetFor(free))).toEqual({ stdout: "0\npayload", stderr: "" });
    expect(await asRoot(targetFor(free, { sudoPassword: password }))).toEqual({ stdout: "0\npayload", stderr: "" });
  });

  test("becomes root by sudo with password, which no process shows", async () => {
    const asked = user({ password, sudo: "ALL=(ALL) ALL" });
    const transport = await connectSsh(targetFor(asked, { sudoPassword: password }), optionsOf(place));
    const shell = await transport.start("id -u; cat");
    expect(argvOfAll()).not.toContain(password);
    shell.stdin.end("payload");
    expect(await text(shell.stdout)).toBe("0\npayload");
    const again = await Promise.all([1, 2].map(async (number) => text((await transport.start(`echo ${number}`)).stdout)));
    expect(again).toEqual(["1\n", "2\n"]);
    await transport.close();
  });

  test("takes the log-in's password for sudo where no other is given", async () => {
    const asked = user({ password, sudo: "ALL=(ALL) ALL" });
    const target = targetOf(sshd, { user: asked.name, password });
    expect((await asRoot(target)).stdout).toBe("0\npayload");
  });

  test("asks a person for sudo's password once, and only when sudo asks", async () => {
    const asked = user({ password, sudo: "ALL=(ALL) ALL" });
    const { prompt, asked: questions } = answering(password);
    const transport = await connectSsh(targetFor(asked), optionsOf(place, { prompt }));
    const shells = await Promise.all([1, 2, 3].map((number) => transport.start(`echo ${number}`)));
    expect(await Promise.all(shells.map(({ stdout }) => text(stdout)))).toEqual(["1\n", "2\n", "3\n"]);
    expect(questions).toEqual([{ host: "h1", text: `[sudo] password for ${asked.name} on h1: `, secret: true }]);
    await transport.close();
    const free = user({ sudo: "ALL=(ALL) NOPASSWD: ALL" });
    expect((await asRoot(targetFor(free), optionsOf(place, { prompt: answering().prompt }))).stdout).toBe("0\npayload");
  });

  test("is told that the password is wrong, at once and without its text", async () => {
    const asked = user({ password, sudo: "ALL=(ALL) ALL" });
    const begin = performance.now();
    const error = await refused(targetFor(asked, { sudoPassword: "certainly wrong" }));
    expect(error.message).toBe(`no root shell on h1: sudo did not take the password of "${asked.name}"`);
    expect(error.details.hint).toContain("sudoPassword");
    expect(JSON.stringify(error.details)).not.toContain("certainly wrong");
    expect(performance.now() - begin).toBeLessThan(6000);
  });

  test("is told that sudo wants a password and none is known, without a failed try on the host", async () => {
    const asked = user({ password, sudo: "ALL=(ALL) ALL" });
    const error = await refused(targetFor(asked));
    expect(error.message).toBe(`no root shell on h1: sudo wants the password of "${asked.name}", and none is known`);
    expect(error.details.hint).toContain("set sudoPassword");
    expect(error.details.output).toContain("a password is required");
  });

  test("is told that it may not use sudo, or not for a shell", async () => {
    const stranger = await refused(targetFor(user({ password }), { sudoPassword: password }));
    expect(stranger.message).toMatch(/^no root shell on h1: the user "\w+" may not use sudo$/);
    const limited = await refused(targetFor(user({ sudo: "ALL=(ALL) NOPASSWD: /bin/true", password }), { sudoPassword: password }));
    expect(limited.message).toMatch(/^no root shell on h1: sudo does not let "\w+" run \/bin\/sh as root$/);
  });

  test("is told that sudo insists on a terminal", async () => {
    const strict = user({ sudo: "ALL=(ALL) NOPASSWD: ALL" });
    writeFileSync(`/etc/sudoers.d/${strict.name}`, `Defaults:${strict.name} requiretty\n${strict.name} ALL=(ALL) NOPASSWD: ALL\n`);
    const error = await refused(targetFor(strict));
    expect(error.message).toBe("no root shell on h1: sudo there insists on a terminal (requiretty)");
    expect(error.details.hint).toContain("!requiretty");
  });

  test("is not disturbed by sudo's noise about the host's own name", async () => {
    const free = user({ sudo: "ALL=(ALL) NOPASSWD: ALL" });
    const noisy = place.at("noisy");
    mkdirSync(noisy);
    writeFileSync(
      `${noisy}/sudo`,
      '#!/bin/sh\necho "sudo: unable to resolve host h1: Name or service not known" >&2\nexec /usr/bin/sudo "$@"\n',
    );
    chmodSync(`${noisy}/sudo`, 0o755);
    const server = await startSshd(place, {
      hostKeys: [place.at("hostkey")],
      authorized: [publicKey(key)],
      config: [`SetEnv PATH=${noisy}:/usr/bin:/bin`],
    });
    expect(await asRoot({ ...targetFor(free), port: server.port })).toEqual({ stdout: "0\npayload", stderr: "" });
    await server.stop();
  });

  test("uses doas where that asks no password, and is told when there is neither", async () => {
    const member = user();
    const bin = place.at("without-sudo");
    mkdirSync(bin);
    for (const tool of ["sh", "id", "cat"]) symlinkSync(`/bin/${tool}`, `${bin}/${tool}`);
    const setup = { hostKeys: [place.at("hostkey")], authorized: [publicKey(key)], config: [`SetEnv PATH=${bin}`] };
    const server = await startSshd(place, setup);
    const target = { ...targetFor(member), port: server.port };
    const error = await refused(target);
    expect(error.message).toBe(`no root shell on h1: "${member.name}" is not root, and neither sudo nor a doas without password is there`);

    symlinkSync("/usr/bin/doas", `${bin}/doas`);
    const before = execFileSync("sh", ["-c", "cat /etc/doas.conf 2>/dev/null || true"], { encoding: "utf8" });
    try {
      writeFileSync("/etc/doas.conf", `${before}permit nopass ${member.name}\n`, { mode: 0o400 });
      expect((await asRoot(target)).stdout).toBe("0\npayload");
    } finally {
      if (before === "") execFileSync("rm", ["-f", "/etc/doas.conf"]);
      else writeFileSync("/etc/doas.conf", before);
      await server.stop();
    }
  });

  const noise = { ".bashrc": "echo noise on stdout\necho noise on stderr >&2\n", ".profile": "echo profile\n" };
  test.each([
    ["bash with a start-up file that prints", { shell: "/bin/bash", files: noise }, "noise on stdout\n"],
    ["fish", { shell: "/usr/bin/fish" }, ""],
    ["csh", { shell: "/usr/bin/tcsh", files: { ".cshrc": "echo from cshrc\n" } }, "from cshrc\n"],
    ["dash", { shell: "/bin/dash" }, ""],
  ])("may have any shell: %s", async (_, setup, before) => {
    const member = user({ ...setup, sudo: "ALL=(ALL) NOPASSWD: ALL" });
    expect(await asRoot(targetFor(member))).toEqual({ stdout: `${before}0\npayload`, stderr: "" });
  });

  test("whose shell lets nobody in is told so", async () => {
    const closed = user({ shell: "/usr/sbin/nologin" });
    const error = await refused(targetFor(closed));
    expect(error.message).toBe(`no root shell on h1: the log-in shell of "${closed.name}" lets nobody in`);
  });

  test("that hangs in its start-up file is given up by the caller's signal", async () => {
    const slow = user({ shell: "/bin/bash", files: { ".bashrc": "exec sleep 71.7\n" } });
    const transport = await connectSsh(targetFor(slow), optionsOf(place));
    const reason = new Error("Ctrl-C");
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 500);
    await expect(transport.start("true", { signal: controller.signal })).rejects.toBe(reason);
    await transport.close();
    execFileSync("sh", ["-c", 'pkill -u "$0" -x sleep || true', slow.name]);
  });
});
