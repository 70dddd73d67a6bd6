import { defineCommand } from "./command.ts";
import { diagnosisText } from "./diagnosis-text.ts";
import { text } from "./options.ts";
import { withSession } from "./session.ts";
import { readOptions } from "./shared-options.ts";
import { version } from "./version-text.ts";

const path = ["diagnose"] as const;

export const diagnose = defineCommand({
  path,
  summary: "Name likely causes of what is wrong, and collect the evidence in one archive",
  description:
    "Asks all hosts at once for logs, states and certificates, and changes nothing. Hosts that do not answer are named. The archive holds no " +
    "secret: no key goes into it, and what has the form of a token or a password is taken out.",
  options: {
    ...readOptions,
    out: text("Write the archive there (default: <cluster>-diagnose-<time>.tar.gz)", { placeholder: "FILE.tar.gz", complete: "file" }),
  },
  examples: [
    ["kbs diagnose -f kbs.yaml", "likely causes, and an archive of all hosts"],
    ["kbs diagnose --limit w1 -o json | jq .findings", "one host, for a program"],
  ],
  exits: ["unreachable", "phase"],
  run: (values, context) =>
    withSession({ kind: "read", path, values, context }, async ({ options, answer }) => {
      const action = await import("../actions/diagnose.ts");
      const { outcome, diagnosis } = await action.diagnose({ ...options, version, ...(values.out !== undefined && { out: values.out }) });
      answer(values.output === "json" ? `${JSON.stringify(diagnosis, null, 2)}\n` : diagnosisText(diagnosis, context.globals.answerColor));
      return outcome;
    }),
});
