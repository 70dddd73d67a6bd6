import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { userInfo } from "node:os";
import { afterAll, describe, expect, test } from "vitest";
import { lookUpConfig } from "../../../src/host/ssh/config.ts";
import { resolveHop } from "../../../src/host/ssh/hop.ts";
import { parseProxyJump } from "../../../src/host/ssh/jump-spec.ts";
import { resolveRoute } from "../../../src/host/ssh/route.ts";
import type { SshEnvironment, SshJump } from "../../../src/host/ssh/target.ts";
import { makePlace } from "./sshd.ts";

const place = makePlace();
afterAll(place.remove);

const { homedir: home, username: user } = userInfo();
const environment = (path: string): SshEnvironment => ({ home, user, configFiles: [{ path, folder: place.dir }] });
const quiet = { acceptNewHostKeys: false, log: () => undefined };

/** What `ssh -G` says: the oracle. */
const askSsh = (file: string, host: string): Map<string, string[]> => {
  const answers = new Map<string, string[]>();
  for (const line of execFileSync("ssh", ["-F", file, "-G", host], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
    .trim()
    .split("\n")) {
    const [keyword = "", ...rest] = line.split(" ");
    answers.set(keyword, [...(answers.get(keyword) ?? []), rest.join(" ")]);
  }
  return answers;
};

const written = ({ host, user: login, port }: SshJump): string =>
  `${login ? `${login}@` : ""}${host.includes(":") ? `[${host}]` : host}${port === undefined || port === 22 ? "" : `:${port}`}`;

/** The same answers by our own reading. */
const askOurs = (file: string, host: string): Record<string, unknown> => {
  const { hop, proxyJump } = resolveHop("h", { host }, environment(file), { ...quiet, prompt: async () => "" });
  const { values } = lookUpConfig(host, environment(file));
  return {
    hostname: [hop.address],
    user: [hop.user],
    port: [String(hop.port)],
    identityfile: values.identityfile,
    identitiesonly: [hop.identity.only ? "yes" : "no"],
    hashknownhosts: [hop.hostKeys.hash ? "yes" : "no"],
    userknownhostsfile: [hop.hostKeys.userFiles.join(" ")],
    globalknownhostsfile: [hop.hostKeys.globalFiles.join(" ")],
    hostkeyalias: values.hostkeyalias && [values.hostkeyalias],
    stricthostkeychecking: [
      { refuse: "true", ask: "ask", accept: values.stricthostkeychecking === "accept-new" ? "accept-new" : "false" }[hop.hostKeys.unknown],
    ],
    proxyjump: proxyJump === undefined || proxyJump === "none" ? undefined : [parseProxyJump(proxyJump, "x").map(written).join(",")],
  };
};

const configs: Readonly<Record<string, { readonly text: string; readonly hosts: readonly string[] }>> = {
  "the first value wins and key files add up": {
    text: `
Host web*
  User deploy
  IdentityFile ~/.ssh/web
Host *
  User everyone
  Port 2200
  IdentityFile ~/.ssh/web
  IdentityFile ~/.ssh/general
`,
    hosts: ["web1", "db"],
  },
  "values before any Host are for all": { text: "User first\nHost a\n  User second\n  Port 23\n", hosts: ["a", "b"] },
  "a pattern with ! takes a host out of its whole block": {
    text: "Host 10.0.* !10.0.9.?\n  User inside\nHost !*.example.com\n  User never\nHost * !db\n  User other\n",
    hosts: ["10.0.1.2", "10.0.9.3", "10.0.9.33", "db", "x.example.com"],
  },
  "HostName understands %h and %%": {
    text: "Host short\n  HostName %h.example.com\nHost odd\n  HostName x%%%h\n",
    hosts: ["short", "odd", "10.1.2.3"],
  },
  "a keyword may be written with = and in any case": { text: 'hOsT = a\n\tPORT=2222\n  user   =  "some one"\n', hosts: ["a"] },
  "quotes, escapes and comments are OpenSSH's": {
    text: `
Host "a" # b is not meant
  IdentityFile "/k/with space" # why
  IdentityFile /k/with\\ escape
  IdentityFile '/k/single "quoted"'
  IdentityFile /k/has#inside
  IdentityFile /k/half"quo ted"end
# Host *
`,
    hosts: ["a", "b"],
  },
  "ProxyJump lists, users and ports": {
    text: `
Host one
  ProxyJump bob@bastion:2222
Host two
  ProxyJump al@first:23,second
Host six
  ProxyJump [fd00::1]:2222
Host off
  ProxyJump none
Host late
  ProxyCommand none
  ProxyJump unused
Host *
  ProxyJump other # the way out
`,
    hosts: ["one", "two", "off", "late", "any", "six"],
  },
  "the rules for host keys": {
    text: `
Host a
  StrictHostKeyChecking accept-new
  UserKnownHostsFile ~/.ssh/kh1 /tmp/%h-%p
  HostKeyAlias cluster-a
  HashKnownHosts yes
Host b
  StrictHostKeyChecking yes
  GlobalKnownHostsFile /etc/kh
Host c
  StrictHostKeyChecking no
  IdentitiesOnly yes
Host d
  StrictHostKeyChecking ask
`,
    hosts: ["a", "b", "c", "d"],
  },
  "Match all and Match host": {
    text: `
Host nick
  HostName real.example.com
Match host real.*,other
  User matched
Match host nick
  User byNick
Match !host *.example.com
  Port 24
Match all
  Port 25
`,
    hosts: ["nick", "other", "x"],
  },
};

describe("ssh_config is read as ssh -G reads it:", () => {
  test.each(Object.entries(configs))("%s", (_, { text, hosts }) => {
    const file = place.write("config", text);
    for (const host of hosts) {
      const theirs = askSsh(file, host);
      const ours = askOurs(file, host);
      const keywords = Object.keys(ours).filter((keyword) => keyword !== "identityfile" || ours[keyword] !== undefined); // ssh -G lists the default ones
      expect({ host, ...ours }).toEqual({ host, ...Object.fromEntries(keywords.map((keyword) => [keyword, theirs.get(keyword)])) });
    }
  });

  test("Include with globs, nested, and only where its block counts", () => {
    mkdirSync(place.at("conf.d"));
    place.write("conf.d/20-b", "Host *\n  Port 20\n  IdentityFile /k/b\n");
    place.write("conf.d/10-a", `User early\nHost inner\n  Port 10\nInclude ${place.at("conf.d/deep-[xy]")}\n`);
    place.write("conf.d/.hidden", "User hidden\n");
    place.write("conf.d/deep-x", "IdentityFile /k/deep\nHost other\n  IdentityFile /k/deepOther\n");
    const file = place.write(
      "config",
      `Host inner\n  Include ${place.at("conf.d/*")} ${place.at("nothing-*")}\n  HashKnownHosts yes\nHost *\n  IdentityFile /k/last\n  Include ${place.at("conf.d/1?-a")}\n`,
    );
    for (const host of ["inner", "other"]) {
      const theirs = askSsh(file, host);
      const ours = askOurs(file, host);
      for (const keyword of ["user", "port", "identityfile", "hashknownhosts"])
        expect([host, keyword, ours[keyword]]).toEqual([host, keyword, theirs.get(keyword)]);
    }
  });
});

test("a relative Include counts from the file's folder and ~ is the home", () => {
  place.write("near", "User near\n");
  const file = place.write("config", "Include near\n");
  expect(lookUpConfig("h", environment(file)).values.user).toBe("near");
});

test("the user's file comes before the machine's", () => {
  const own = place.write("own", "User own\n");
  const machine = place.write("machine", "User machine\nPort 99\n");
  const both = { home, user, configFiles: [own, machine].map((path) => ({ path, folder: place.dir })) };
  expect(lookUpConfig("h", both).values).toEqual({ user: "own", port: "99" });
});

test("a ProxyJump may be a URI", () => {
  expect(parseProxyJump("ssh://al@first:23/,ssh://[fd00::1]", "x")).toEqual([{ host: "first", user: "al", port: 23 }, { host: "fd00::1" }]);
});

test("kbs's own values win over ssh_config", () => {
  const file = place.write("config", "Host *\n  User cfg\n  Port 99\n  IdentityFile /cfg\n  ProxyJump cfgjump\n");
  const target = { name: "n", address: "a", user: "u", port: 1, identityFile: "/own", jumpHosts: [] };
  const [hop, ...more] = resolveRoute(target, environment(file), quiet);
  expect(more).toEqual([]);
  expect(hop).toMatchObject({ user: "u", port: 1, identity: { files: ["/own"], namedBy: "kbs" } });
});

test("each jump host has its own ssh_config values, and the first one may itself need a jump", () => {
  const file = place.write(
    "config",
    "Host target\n  ProxyJump b1,al@b2:24\nHost b1\n  HostName b1.real\n  ProxyJump gate\n  User b1user\nHost b2\n  ProxyJump never\n  User b2user\n",
  );
  const route = resolveRoute({ name: "n", address: "target", connectTimeout: 7 }, environment(file), quiet);
  expect(route.map(({ address, user: login, port, connectTimeout }) => [address, login, port, connectTimeout])).toEqual([
    ["gate", user, 22, 7000],
    ["b1.real", "b1user", 22, 7000],
    ["b2", "al", 24, 7000],
    ["target", user, 22, 7000],
  ]);
});

test("two jump hosts that name each other are an error, not an endless loop", () => {
  const file = place.write("config", "Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n");
  expect(() => resolveRoute({ name: "n", address: "a" }, environment(file), quiet)).toThrow(/more than 16 jump hosts/);
});

test("a Match that kbs does not understand is left out and named", () => {
  const file = place.write("config", "Match host a exec true\n  User no\nMatch user x\n  User no\nHost a\n  User yes\n");
  const { values, ignored } = lookUpConfig("a", environment(file));
  expect(values.user).toBe("yes");
  expect(ignored).toEqual([
    expect.stringContaining(`${file}:1: "Match host a exec true"`),
    expect.stringContaining(`${file}:3: "Match user x"`),
  ]);
});

test("what decides about keys and kbs does not have is named, where it counts", () => {
  const file = place.write("config", "Host a\n  RevokedHostKeys /k\nHost b\n  CertificateFile /c\n");
  expect(lookUpConfig("a", environment(file)).ignored).toEqual([`${file}:2: revokedhostkeys is left out: kbs does not have it`]);
});

test.each([
  ["Host a\n  User\n", /:2: User has no value/],
  ['IdentityFile "open\n', /:1: a quote is not closed/],
  ["Port many\n", /gives a the port "many"/],
  ["ProxyJump a:99999\n", /has the port "99999"/],
  ["ProxyJump bob@\n", /names no host/],
  ["ProxyCommand nc %h %p\n", /by a ProxyCommand, which kbs does not run/],
])("%j is met with a sentence", (text, sentence) => {
  const file = place.write("config", text);
  expect(() => resolveRoute({ name: "a", address: "a" }, environment(file), quiet)).toThrow(sentence);
});

test("a file that includes itself is an error", () => {
  const file = place.write("config", `Include ${place.at("config")}\n`);
  expect(() => lookUpConfig("a", environment(file))).toThrow(/deeper than 16/);
});
