import { isPending, type Plan } from "./plan.ts";

/** What `kbs plan --output json` prints. */
export interface PlanJson extends Plan {
  readonly schema: "kbs/plan/v1";
  /** Whether an apply would have anything to do. */
  readonly pending: boolean;
}

export const planJson = (plan: Plan): PlanJson => ({ schema: "kbs/plan/v1", pending: isPending(plan), ...plan });
