import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SshOptions, SshTarget } from "../../../src/host/ssh/target.ts";
import { describeReal } from "./real.ts";
import { fingerprintOf, hostKeyOf, know, makeKey, makePlace, optionsOf, publicKey, type Sshd, startSshd, targetOf } from "./sshd.ts";
import { answering, refusal, whoAmI } from "./talk.ts";

describeReal("the host key", () => {
  const place = makePlace();
  let hostKey: string;
  let key: string;
  let server: Sshd;
  let name: string;
  let other: string;
  const knownFile = place.at("home/.ssh/known_hosts");
  const login = (options: SshOptions, more: Partial<SshTarget> = {}): Promise<string> =>
    whoAmI(targetOf(server, { identityFile: key, ...more }), options);

  beforeAll(async () => {
    hostKey = makeKey(place, "hostkey");
    key = makeKey(place, "id");
    other = makeKey(place, "otherhost");
    const more = [makeKey(place, "hostrsa", ["-t", "rsa", "-b", "2048"]), makeKey(place, "hostecdsa", ["-t", "ecdsa"])];
    server = await startSshd(place, { hostKeys: [hostKey, ...more], authorized: [publicKey(key)] });
    name = `[127.0.0.1]:${server.port}`;
  });
  afterAll(async () => {
    await server.stop();
    place.remove();
  });

  test("that is unknown is refused, with its fingerprint and what to do, before any log-in", async () => {
    know(place);
    const error = await refusal(login(optionsOf(place)));
    expect(error.message).toBe(`the host key of h1 (${name}) is unknown: ED25519 ${fingerprintOf(hostKey)}`);
    expect(error.details.hint).toContain("--accept-new-host-keys");
    expect(readFileSync(knownFile, "utf8")).toBe("");
    expect(server.log()).not.toContain("userauth-request for user root");
  });

  test("is asked for on a terminal, in OpenSSH's words, and remembered", async () => {
    know(place);
    const { prompt, asked } = answering("perhaps", "yes");
    expect(await login(optionsOf(place, { prompt }))).toBe("0");
    expect(asked[0]?.text).toContain(
      `ED25519 key fingerprint is ${fingerprintOf(hostKey)}.\nAre you sure you want to continue connecting (yes/no/[fingerprint])? `,
    );
    expect(asked[1]?.text).toContain("Please type");
    expect(await login(optionsOf(place))).toBe("0");
    execFileSync("ssh-keygen", ["-F", name, "-f", knownFile], { stdio: "ignore" });
  });

  test("may be accepted by typing its fingerprint, and refused by no", async () => {
    know(place);
    const refused = await refusal(login(optionsOf(place, { prompt: answering("no").prompt })));
    expect(refused.message).toBe("the host key of h1 was not accepted");
    expect(await login(optionsOf(place, { prompt: answering(fingerprintOf(hostKey)).prompt }))).toBe("0");
  });

  test("is taken unasked with acceptNewHostKeys, hashed where ssh_config says so, once for many log-ins at a time", async () => {
    know(place);
    place.write("home/.ssh/config", "HashKnownHosts yes\n");
    try {
      const options = optionsOf(place, { acceptNewHostKeys: true });
      expect(await Promise.all([login(options), login(options), login(options)])).toEqual(["0", "0", "0"]);
      const lines = readFileSync(knownFile, "utf8").trim().split("\n");
      expect(lines).toEqual([expect.stringMatching(/^\|1\|.*ssh-ed25519/)]);
      expect(options.lines).toEqual([expect.stringContaining(`added to ${knownFile}`)]);
      expect(statSync(knownFile).mode & 0o777).toBe(0o600);
      // The real ssh believes what we wrote.
      const args = [
        "-F",
        "none",
        "-o",
        "BatchMode=yes",
        "-o",
        "StrictHostKeyChecking=yes",
        "-o",
        `UserKnownHostsFile=${knownFile}`,
        "-i",
        key,
        "-p",
        String(server.port),
      ];
      expect(execFileSync("ssh", [...args, "root@127.0.0.1", "echo fine"], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })).toBe(
        "fine\n",
      );
    } finally {
      place.write("home/.ssh/config", "");
    }
  });

  test("that changed is always refused, with both fingerprints, the line and how to remove it", async () => {
    know(place, "# one", `${name} ${hostKeyOf(other)}`);
    const error = await refusal(login(optionsOf(place, { acceptNewHostKeys: true, prompt: answering().prompt })));
    expect(error.message).toBe(`the host key of h1 (${name}) is not the one that ${knownFile}:2 has`);
    expect(error.details.output).toBe(`known:   ED25519 ${fingerprintOf(other)}\noffered: ED25519 ${fingerprintOf(hostKey)}`);
    const [, command = ""] = /(ssh-keygen -f .*)$/.exec(error.details.hint ?? "") ?? [];
    execFileSync("sh", ["-c", command], { stdio: "ignore" });
    expect(await login(optionsOf(place, { acceptNewHostKeys: true }))).toBe("0");
  });

  test("of the type that is known is the one asked for, though the server prefers another", async () => {
    for (const known of ["hostrsa", "hostecdsa"]) {
      know(place, `${name} ${hostKeyOf(place.at(known))}`);
      expect(await login(optionsOf(place))).toBe("0");
    }
  });

  test("of a type other than those known counts as changed, for ssh and for us", async () => {
    const single = await startSshd(place, { hostKeys: [hostKey], authorized: [publicKey(key)] });
    try {
      know(place, `[127.0.0.1]:${single.port} ${hostKeyOf(place.at("hostrsa"))}`);
      const error = await refusal(whoAmI(targetOf(single, { identityFile: key }), optionsOf(place)));
      expect(error.message).toContain("is not the one that");
      const args = [
        "-F",
        "none",
        "-o",
        "BatchMode=yes",
        "-o",
        `UserKnownHostsFile=${knownFile}`,
        "-i",
        key,
        "-p",
        String(single.port),
        "root@127.0.0.1",
        "true",
      ];
      expect(() => execFileSync("ssh", args, { stdio: "pipe" })).toThrow(/REMOTE HOST IDENTIFICATION HAS CHANGED/);
    } finally {
      await single.stop();
    }
  });

  test("that is revoked is always refused", async () => {
    know(place, `${name} ${hostKeyOf(hostKey)}`, `@revoked * ${hostKeyOf(hostKey)}`);
    const error = await refusal(login(optionsOf(place, { acceptNewHostKeys: true })));
    expect(error.message).toContain(`is marked @revoked in ${knownFile}:2`);
  });

  test("is found under a hashed name, a wildcard, HostKeyAlias, and without its port", async () => {
    know(place, `${name} ${hostKeyOf(hostKey)}`);
    execFileSync("ssh-keygen", ["-H", "-f", knownFile], { stdio: "ignore" });
    expect(await login(optionsOf(place))).toBe("0");
    know(place, `[127.0.0.*]:* ${hostKeyOf(hostKey)}`);
    expect(await login(optionsOf(place))).toBe("0");
    know(place, `127.0.0.1 ${hostKeyOf(hostKey)}`);
    expect(await login(optionsOf(place))).toBe("0");
    know(place, `the-cluster ${hostKeyOf(hostKey)}`);
    place.write("home/.ssh/config", "HostKeyAlias the-cluster\n");
    try {
      expect(await login(optionsOf(place))).toBe("0");
    } finally {
      place.write("home/.ssh/config", "");
    }
  });

  test("for which only a certificate authority is known is refused with that as the reason", async () => {
    know(place, `@cert-authority [127.0.0.1]:* ${hostKeyOf(other)}`);
    const error = await refusal(login(optionsOf(place)));
    expect(error.details.hint).toContain(`the @cert-authority line ${knownFile}:1 would have decided for ssh`);
  });

  test("is looked for in the files given instead of the user's", async () => {
    know(place);
    const file = place.write("lab-known", `${name} ${hostKeyOf(hostKey)}\n`);
    expect(await login(optionsOf(place, { knownHostsFiles: [file] }))).toBe("0");
  });
});
