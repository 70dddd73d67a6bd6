import { type Check, everyHost } from "../check.ts";
import { familyOf } from "../packages.ts";

export const osFamily: Check = {
  id: "os-family",
  question: "Is this a distribution on which kbs is known to work?",
  severity: "warning",
  appliesTo: everyHost,
  ask: ({ facts: { os, unanswered } }) =>
    familyOf(os) !== undefined || unanswered.includes("os")
      ? undefined
      : {
          problem: `${os.pretty || "this system"} is not a distribution that kbs knows`,
          evidence: `ID=${os.id || "(none)"} in /etc/os-release`,
          remedy: "it may well work; known are Debian, Ubuntu, RHEL and its rebuilds, Fedora, Amazon Linux, openEuler, SLES and openSUSE",
        },
};
