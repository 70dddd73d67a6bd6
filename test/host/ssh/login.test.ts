import { execFileSync, spawn } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readKeyFile } from "../../../src/host/ssh/key-file.ts";
import { opensshPublicKey } from "./openssl-key.ts";
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
  type SshdSetup,
  startSshd,
  targetOf,
} from "./sshd.ts";
import { answering, refusal, whoAmI } from "./talk.ts";
import { addUser, removeLeftUsers, type TestUser } from "./users.ts";

const place = makePlace();
const password = "correct horse";
let hostKey: string;
let key: string;
let sshd: Sshd;
let user: TestUser;
const running: Sshd[] = [];

const start = async (setup: Partial<SshdSetup> = {}): Promise<Sshd> => {
  const made = await startSshd(place, { hostKeys: [hostKey], ...setup });
  running.push(made);
  return made;
};

describeReal("logging in", () => {
  beforeAll(async () => {
    removeLeftUsers();
    hostKey = makeKey(place, "hostkey");
    key = makeKey(place, "id");
    user = addUser(place, { password, sudo: "ALL=(ALL) NOPASSWD: ALL" });
    sshd = await start({ authorized: [publicKey(key)] });
    know(place, `[127.0.0.1]:* ${hostKeyOf(hostKey)}`);
  });

  afterAll(async () => {
    for (const server of running) await server.stop();
    user.remove();
    place.remove();
  });

  const kinds: Readonly<
    Record<string, { readonly make: readonly string[]; readonly passphrase?: string; readonly convert?: readonly string[] }>
  > = {
    ed25519: { make: ["-t", "ed25519"] },
    "rsa in OpenSSH's format": { make: ["-t", "rsa", "-b", "2048"] },
    "rsa in PEM": { make: ["-t", "rsa", "-b", "2048", "-m", "PEM"] },
    "rsa in PKCS#8": { make: ["-t", "rsa", "-b", "2048", "-m", "PKCS8"] },
    "ecdsa 256": { make: ["-t", "ecdsa", "-b", "256"] },
    "ecdsa 521 in PEM": { make: ["-t", "ecdsa", "-b", "521", "-m", "PEM"] },
    "ecdsa 384 in PKCS#8": { make: ["-t", "ecdsa", "-b", "384", "-m", "PKCS8"] },
    "encrypted ed25519": { make: ["-t", "ed25519"], passphrase: "open sesame" },
    "encrypted rsa in PEM": { make: ["-t", "rsa", "-b", "2048", "-m", "PEM"], passphrase: "open sesame" },
    "encrypted ecdsa in PKCS#8": { make: ["-t", "ecdsa", "-m", "PKCS8"], passphrase: "open sesame" },
  };

  test("works with every kind of key", async () => {
    const keys = Object.entries(kinds).map(([name, { make, passphrase }], index) => ({
      name,
      passphrase,
      path: makeKey(place, `kind-${index}`, make, passphrase),
    }));
    const server = await start({ authorized: keys.map(({ path }) => publicKey(path)) });
    for (const { name, path, passphrase } of keys) {
      const target = targetOf(server, { identityFile: path, ...(passphrase === undefined ? {} : { passphrase }) });
      expect([name, await whoAmI(target, optionsOf(place))]).toEqual([name, "0"]);
    }
  });

  test("works with an Ed25519 key that openssl wrote in PKCS#8", async () => {
    const path = place.at("openssl-ed25519");
    execFileSync("openssl", ["genpkey", "-algorithm", "ed25519", "-out", path]);
    const theirs = opensshPublicKey(path);
    const server = await start({ authorized: [theirs] });
    expect(await whoAmI(targetOf(server, { identityFile: path }), optionsOf(place))).toBe("0");
  });

  test("with an encrypted key pays for its passphrase once in a process", async () => {
    const path = makeKey(place, "slow", ["-t", "ed25519", "-a", "32"], "open sesame");
    const server = await start({ authorized: [publicKey(path)] });
    const target = targetOf(server, { identityFile: path, passphrase: "open sesame" });
    expect(await whoAmI(target, optionsOf(place))).toBe("0");
    // What is parsed anew is another key of ssh2's.
    expect(readKeyFile(path, "open sesame")).toBe(readKeyFile(path, "open sesame"));
  });

  test("asks for the passphrase of a key, and again when it was wrong", async () => {
    const path = makeKey(place, "locked", ["-t", "ed25519"], "open sesame");
    const server = await start({ authorized: [publicKey(path)] });
    const { prompt, asked } = answering("wrong", "open sesame");
    expect(await whoAmI(targetOf(server, { identityFile: path }), optionsOf(place, { prompt }))).toBe("0");
    expect(asked.map(({ secret, text: asks }) => [secret, asks])).toEqual([
      [true, `Enter passphrase for key '${path}': `],
      [true, `Enter passphrase for key '${path}': `],
    ]);
  });

  test("says that a key is encrypted, or its passphrase wrong, or that there is no such file", async () => {
    const path = makeKey(place, "locked2", ["-t", "ed25519"], "open sesame");
    const none = await refusal(whoAmI(targetOf(sshd, { identityFile: path }), optionsOf(place)));
    expect(none.message).toContain(`not usable: key file ${path} (encrypted, no passphrase is known)`);
    const wrong = await refusal(whoAmI(targetOf(sshd, { identityFile: path, passphrase: "no" }), optionsOf(place)));
    expect(wrong.message).toContain(`key file ${path} (encrypted, the passphrase is wrong)`);
    const missing = await refusal(whoAmI(targetOf(sshd, { identityFile: place.at("nothing") }), optionsOf(place)));
    expect(missing.message).toBe(`the key file ${place.at("nothing")} of h1 does not exist`);
  });

  test("uses the agent's keys, also for a key file that is locked or only public", async () => {
    const path = makeKey(place, "held", ["-t", "ed25519"], "open sesame");
    const plain = makeKey(place, "held-plain");
    const socket = place.at("agent");
    const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    try {
      await sleep(200);
      const env = { ...process.env, SSH_AUTH_SOCK: socket };
      execFileSync("ssh-add", [plain], { env, stdio: "ignore" });
      const askpass = place.write("askpass", "#!/bin/sh\necho open sesame\n");
      execFileSync("chmod", ["755", askpass]);
      execFileSync("ssh-add", [path], { env: { ...env, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: "force" }, stdio: "ignore" });
      const withAgent = optionsOf(place, { environment: environmentOf(place, { agentSocket: socket }) });
      const server = await start({ authorized: [publicKey(path)] });
      expect(await whoAmI(targetOf(server), withAgent)).toBe("0");
      expect(await whoAmI(targetOf(server, { identityFile: path }), withAgent)).toBe("0");
      expect(await whoAmI(targetOf(server, { identityFile: `${path}.pub` }), withAgent)).toBe("0");

      const off = await refusal(whoAmI(targetOf(server, { agent: false }), withAgent));
      expect(off.message).toContain("nothing could be tried");
      place.write("home/.ssh/config", `Host 127.0.0.1\n  IdentitiesOnly yes\n  IdentityFile ${plain}\n`);
      const only = await refusal(whoAmI(targetOf(server), withAgent));
      expect(only.message).toContain(`(tried: key file ${plain}; the server takes publickey`);
    } finally {
      place.write("home/.ssh/config", "");
      agent.kill();
    }
  });

  test("says so when the agent does not answer", async () => {
    const options = optionsOf(place, { environment: environmentOf(place, { agentSocket: "/nonexistent" }) });
    const error = await refusal(whoAmI(targetOf(sshd), options));
    expect(error.message).toContain("not usable: the SSH agent at /nonexistent (it does not answer)");
  });

  test("uses the default key files of the home", async () => {
    execFileSync("cp", [key, place.at("home/.ssh/id_ed25519")]);
    try {
      expect(await whoAmI(targetOf(sshd), optionsOf(place))).toBe("0");
    } finally {
      execFileSync("rm", [place.at("home/.ssh/id_ed25519")]);
    }
  });

  test("works with a password, known or asked for", async () => {
    const target = targetOf(sshd, { user: user.name });
    expect(await whoAmI({ ...target, password }, optionsOf(place))).toBe(`0 ${user.name}`);
    const { prompt, asked } = answering("wrong", password);
    expect(await whoAmI(target, optionsOf(place, { prompt }))).toBe(`0 ${user.name}`);
    expect(asked[0]).toEqual({ host: "h1", text: `${user.name}@127.0.0.1's password: `, secret: true });
    const error = await refusal(whoAmI({ ...target, password: "wrong" }, optionsOf(place)));
    expect(error.message).toContain(`refused the log-in of user "${user.name}"`);
    expect(error.message).toContain("(tried: password; the server takes");
    expect(error.message).not.toContain("wrong");
  });

  test("answers keyboard-interactive questions, with the known password or by a person", async () => {
    const server = await start({ config: ["UsePAM yes", "PasswordAuthentication no", "KbdInteractiveAuthentication yes"] });
    const target = targetOf(server, { user: user.name });
    expect(await whoAmI({ ...target, password }, optionsOf(place))).toBe(`0 ${user.name}`);
    const { prompt, asked } = answering(password);
    expect(await whoAmI(target, optionsOf(place, { prompt }))).toBe(`0 ${user.name}`);
    expect(asked).toEqual([{ host: "h1", text: `(${user.name}@127.0.0.1) Password: `, secret: true }]);
    const error = await refusal(whoAmI({ ...target, password: "wrong" }, optionsOf(place)));
    expect(error.message).toContain("(tried: keyboard-interactive; the server takes publickey, keyboard-interactive)");
  });

  test.each([
    ["Not allowed at this time\r\n", "PerSourcePenalties"],
    ["Exceeded MaxStartups\r\n", "MaxStartups"],
    ["", "PerSourcePenalties"],
  ])("explains a server that says %j and hangs up, after three tries", async (said, cause) => {
    let visits = 0;
    const server = createServer((socket) => {
      visits++;
      socket.on("error", () => undefined).end(said);
      socket.resume();
    });
    const port = portOf(await listen(server));
    const error = await refusal(whoAmI(targetOf(sshd, { identityFile: key, port }), optionsOf(place)));
    server.close();
    expect(visits).toBe(3);
    expect(error.message).toBe(`h1 closed the connection at once${said && `, saying "${said.trim()}"`}`);
    expect(error.details.probably).toContain(cause);
  });

  test("names what it tried when it is refused", async () => {
    const stranger = makeKey(place, "stranger");
    const error = await refusal(whoAmI(targetOf(sshd, { identityFile: stranger }), optionsOf(place)));
    expect(error.message).toContain(
      `h1 refused the log-in of user "root" at 127.0.0.1:${sshd.port} (tried: key file ${stranger}; the server takes publickey,`,
    );
    expect(error.details.hint).toContain("PerSourcePenalties");
  });

  test("explains an agent with more keys than sshd tries", async () => {
    const socket = place.at("crowded");
    const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    try {
      await sleep(200);
      for (let count = 0; count < 4; count++)
        execFileSync("ssh-add", [makeKey(place, `crowd-${count}`)], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: "ignore" });
      const server = await start({ config: ["MaxAuthTries 2"] });
      const error = await refusal(
        whoAmI(targetOf(server), optionsOf(place, { environment: environmentOf(place, { agentSocket: socket }) })),
      );
      expect(error.message).toContain("tried: agent key crowd-0, agent key crowd-1");
      expect(error.details.probably).toContain("MaxAuthTries");
    } finally {
      agent.kill();
    }
  });

  test("uses a second factor when the server asks for one", async () => {
    const server = await start({ authorized: [publicKey(key)], config: ["AuthenticationMethods publickey,password"] });
    expect(await whoAmI(targetOf(server, { user: user.name, identityFile: key, password }), optionsOf(place))).toBe(`0 ${user.name}`);
  });

  test("says which address cannot be reached, and why", async () => {
    const gone = await start();
    await gone.stop();
    const refused = await refusal(whoAmI(targetOf(gone, { identityFile: key }), optionsOf(place)));
    expect(refused.message).toBe(`h1 cannot be reached at 127.0.0.1:${gone.port}: nothing listens there`);
    const unknown = await refusal(whoAmI(targetOf(sshd, { address: "nowhere.invalid", identityFile: key }), optionsOf(place)));
    expect(unknown.message).toContain("its name");
  });

  test("gives up on a server that says nothing, after its time", async () => {
    execFileSync("kill", ["-STOP", String(sshd.pid)]);
    const begin = performance.now();
    try {
      const error = await refusal(whoAmI(targetOf(sshd, { identityFile: key, connectTimeout: 1 }), optionsOf(place)));
      expect(error.message).toContain(`did not finish the log-in at 127.0.0.1:${sshd.port} within 1 s`);
      expect(performance.now() - begin).toBeLessThan(15_000); // the usual limit is 20 s
    } finally {
      execFileSync("kill", ["-CONT", String(sshd.pid)]);
    }
  });

  test("can be cancelled while it waits", async () => {
    execFileSync("kill", ["-STOP", String(sshd.pid)]);
    try {
      const reason = new Error("Ctrl-C");
      const controller = new AbortController();
      setTimeout(() => controller.abort(reason), 100);
      await expect(whoAmI(targetOf(sshd, { identityFile: key }), optionsOf(place, { signal: controller.signal }))).rejects.toBe(reason);
    } finally {
      execFileSync("kill", ["-CONT", String(sshd.pid)]);
    }
  });
});
