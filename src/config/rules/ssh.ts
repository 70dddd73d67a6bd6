import { isHost } from "../../shared/names.ts";
import type { SshFile } from "../file-types.ts";
import { type Finding, show } from "../problems.ts";
import type { Path } from "../schema.ts";
import { parseJumpHost } from "../short-forms.ts";
import { addressHint } from "./addresses.ts";
import { eachHost, type Rule, type View, when } from "./rule.ts";

/** Every place where a log-in is described: the defaults, then each host. */
const eachSsh = (view: View, judge: (ssh: SshFile, path: Path) => readonly Finding[]): Finding[] => [
  ...(view.file.spec?.ssh === undefined ? [] : judge(view.file.spec.ssh, ["spec", "ssh"])),
  ...eachHost(view, ({ ssh }, path) => (ssh === undefined ? [] : judge(ssh, [...path, "ssh"]))),
];

const mapHint = "write a map with host, user and password: env:NAME";

const judgeJumpHost = (text: string, path: Path): Finding[] => {
  const { host = "", port, user } = parseJumpHost(text);
  const form = "user@host:port";
  if (text.startsWith("ssh://")) return [{ path, message: "a jump host is no URL", hint: `write ${form}` }];
  if (user?.includes(":") === true) return [{ path, message: "a password cannot stand in a jump host's text", hint: mapHint }];
  if (!isHost(host)) return [{ path, message: `${show(text)} is not ${form}`, hint: addressHint(host) }];
  return [
    ...when(port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535), {
      path,
      message: `${show(text)} has no port from 1 to 65535 behind its colon`,
    }),
    ...when(text.startsWith("@"), { path, message: `${show(text)} has no user before its @` }),
  ];
};

export const jumpHosts: Rule = (view) =>
  eachSsh(view, ({ jumpHosts: jumps = [] }, path) =>
    jumps.flatMap((jump, index) => {
      const place = [...path, "jumpHosts", index];
      if (typeof jump === "string") return judgeJumpHost(jump, place);
      const { host } = jump;
      return when(host !== undefined && !isHost(host), {
        path: [...place, "host"],
        message: `${show(host)} is not an IP address or a DNS name`,
        hint: addressHint(host ?? ""),
      });
    }),
  );

/** A key's passphrase is of no use when no key is named: the agent's keys have none, and default keys are tried without. */
export const passphraseHasKey: Rule = (view) =>
  eachSsh(view, ({ passphrase, identityFile }, path) =>
    when(passphrase !== undefined && identityFile === undefined && view.file.spec?.ssh?.identityFile === undefined, {
      path: [...path, "passphrase"],
      at: "key",
      message: "there is a passphrase but no key",
      hint: "add identityFile",
    }),
  );

/** POSIX user names, and `$` at the end as Samba has it; a blank or a colon is a mistake. */
export const userNames: Rule = (view) =>
  eachSsh(view, ({ user }, parent) => {
    const path = [...parent, "user"];
    if (user?.includes(":") === true)
      return [{ path, message: "a password cannot stand in a user's name", hint: "write password: env:NAME" }];
    return when(user !== undefined && !/^[A-Za-z0-9_.][-\w.@\\]*\$?$/.test(user), {
      path,
      message: `${show(user)} is not the name of a user`,
    });
  });
