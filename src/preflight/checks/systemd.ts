import { type Check, everyHost } from "../check.ts";

export const systemd: Check = {
  id: "systemd",
  aliases: ["Service-kubelet"],
  question: "Does systemd manage services here?",
  severity: "error",
  appliesTo: everyHost,
  ask: ({ facts: { systemd, os, unanswered } }) =>
    systemd.running || unanswered.includes("systemd")
      ? undefined
      : {
          problem: "systemd does not run on this host",
          evidence: `${os.pretty || "unknown system"}, no /run/systemd/system`,
          remedy: "use a distribution with systemd; in a container, boot systemd as its first process",
        },
};
