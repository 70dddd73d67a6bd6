import { type Check, everyHost } from "../check.ts";

export const root: Check = {
  id: "root",
  aliases: ["IsPrivilegedUser"],
  question: "Do commands run as root?",
  severity: "error",
  appliesTo: everyHost,
  ask: ({ facts: { machine } }) =>
    machine.uid === undefined || machine.uid === 0
      ? undefined
      : {
          problem: `commands run as user ${machine.uid}, not as root`,
          remedy: "log in as root (spec.ssh.user), or let the user become root by sudo",
        },
};
