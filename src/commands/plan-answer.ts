import type { Plan } from "../engine/plan/plan.ts";
import { secrets } from "../shared/secrets.ts";
import type { Context } from "./command.ts";

/** A plan as it goes to standard output: for a person, or as one JSON document. */
export const planAnswer = async (plan: Plan, format: "text" | "json", { globals }: Context): Promise<string> => {
  const { planText } = await import("../engine/plan/text.ts");
  const { planJson } = await import("../engine/plan/json.ts");
  const { answerColor: color, verbosity } = globals;
  return secrets.mask(
    format === "json" ? `${JSON.stringify(planJson(plan), null, 2)}\n` : planText(plan, { color, verbose: verbosity > 0 }),
  );
};
