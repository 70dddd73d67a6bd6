import { defineCommand } from "../command.ts";
import { duration } from "../options.ts";
import { withSession } from "../session.ts";
import { readOptions } from "../shared-options.ts";

const path = ["dashboard", "token"] as const;

export const dashboardToken = defineCommand({
  path,
  summary: "Print a token to log in to the dashboard with, and the dashboard's address",
  description: "The token is the administrator's and ends by itself. It is printed on standard output, its address on standard error.",
  options: { ...readOptions, duration: duration("How long the token is valid", "1h") },
  examples: [["kbs dashboard token -f kbs.yaml", "then paste it into the dashboard"]],
  exits: ["unreachable", "phase"],
  run: (values, context) =>
    withSession({ kind: "read", path, values, context }, async ({ options, answer }) => {
      const action = await import("../../actions/dashboard-token.ts");
      const { outcome, token, url } = await action.dashboardToken({ ...options, seconds: values.duration });
      answer(values.output === "json" ? `${JSON.stringify({ token, url }, null, 2)}\n` : `${token}\n`, `${url}\n`);
      return outcome;
    }),
});
