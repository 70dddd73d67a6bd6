import { UserError } from "../shared/errors.ts";
import type { Option } from "./command.ts";
import { defineCommand } from "./command.ts";
import { onOff, text, wholeNumber } from "./options.ts";
import { planAnswer } from "./plan-answer.ts";
import { withSession } from "./session.ts";
import { fleetOptions, runOptions, supplyOptions } from "./shared-options.ts";

const path = ["plan"] as const;

interface Wanted {
  readonly format: "text" | "json";
  /** Where the plan is saved as well. */
  readonly file?: string;
}

const output: Option<Wanted> = {
  kind: "value",
  alias: "o",
  placeholder: "text|json|FILE.kbs",
  complete: ["text", "json"],
  summary: "Text for a person, one JSON document, or a file that the plan is saved to as well (default: text)",
  read: (typed = "text", name) => {
    if (typed === "text" || typed === "json") return { format: typed };
    if (typed.endsWith(".kbs")) return { format: "text", file: typed };
    throw new UserError(`--${name} ${JSON.stringify(typed)} is not text, json, or a file whose name ends in .kbs`, {
      hint: "--out FILE saves the plan under any name",
    });
  },
};

export const plan = defineCommand({
  path,
  summary: "Show what an apply would change and why, and change nothing",
  description:
    "Compares every host and every object with the configuration, without taking a lease. Shows files as differences, secrets as changed only, " +
    "in the order in which it would happen, and what restarts. With -v also what new files will hold. A saved plan is applied by `kbs apply FILE`.",
  options: {
    ...fleetOptions,
    ...supplyOptions,
    "keep-going": runOptions["keep-going"],
    output,
    out: text("Save the plan to this file, which holds no secret", { placeholder: "FILE", complete: "file" }),
    "detailed-exitcode": onOff("End with code 10 when there is something to change"),
    "max-unavailable": wholeNumber("How many workers may be away at once", 1),
  },
  examples: [
    ["kbs plan -f kbs.yaml", "what would change"],
    ["kbs plan -f kbs.yaml -o plan.kbs", "the same, and keep it"],
    ["kbs plan --detailed-exitcode || echo drift", "in a job that watches for drift"],
  ],
  exits: ["preflight", "unreachable", "phase", "changesPending"],
  run: (values, context) =>
    withSession({ kind: "read", path, values: { ...values, output: values.output.format }, context }, async ({ options, answer }) => {
      const action = await import("../actions/apply/plan.ts");
      const out = values.out ?? values.output.file;
      const made = await action.planCluster({
        ...options,
        maxUnavailable: values["max-unavailable"],
        detailedExit: values["detailed-exitcode"],
        ...(out !== undefined && { out }),
      });
      answer(await planAnswer(made.plan, values.output.format, context));
      return made.outcome;
    }),
});
