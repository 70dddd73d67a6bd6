import type { CommandName } from "../../facts/commands.ts";
import { type Check, everyHost } from "../check.ts";
import { installHint } from "../packages.ts";
import { listed } from "../words.ts";

/** What the kubelet and the runtime call (mount, losetup, cp) and what the scripts of kbs are made of. */
const needed: readonly CommandName[] = [
  "mount",
  "losetup",
  "cp",
  "ip",
  "flock",
  "timeout",
  "setsid",
  "sha256sum",
  "stat",
  "sync",
  "head",
  "tar",
  "gzip",
  "xargs",
  "find",
  "grep",
  "sed",
];

export const commands: Check = {
  id: "commands",
  aliases: ["FileExisting-mount", "FileExisting-losetup", "FileExisting-cp"],
  question: "Are the tools installed without which a node cannot be made?",
  severity: "error",
  appliesTo: everyHost,
  ask: ({ facts }) => {
    const loads = Object.values(facts.modules).includes("loadable");
    const missing = [...needed, ...(loads ? (["modprobe"] as const) : [])].filter((name) => facts.commands[name] === undefined);
    if (missing.length === 0 || facts.unanswered.includes("commands")) return undefined;
    return {
      problem: `${listed(missing)} ${missing.length === 1 ? "is" : "are"} not installed`,
      evidence: "looked for in /usr/local/sbin, /usr/local/bin, /usr/sbin, /usr/bin, /sbin and /bin",
      remedy: installHint(facts.os, missing),
    };
  },
};
