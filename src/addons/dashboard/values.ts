import { port, section } from "../../config/schema-node.ts";
import type { Fragment } from "../../config/types.ts";
import { integerOf, refuseUnknown } from "../values.ts";

export const dashboardValues = section("Options of the dashboard.", {
  nodePort: port("Port on every node, within the API server's service-node-port-range (30000 to 32767 unless changed).", {
    default: 30_443,
  }),
});

export interface DashboardValues {
  readonly nodePort: number;
}

/** @throws UserError for values that do not fit */
export const readDashboardValues = (given: Fragment): DashboardValues => {
  const shape = { name: "dashboard", values: dashboardValues };
  refuseUnknown(shape, given);
  return { nodePort: integerOf(shape, given, "nodePort") };
};
