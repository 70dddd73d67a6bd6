import { expect, test } from "vitest";
import { type InitValues, initOptions, initOptionsOf } from "../../src/commands/init/run.ts";
import { options } from "../actions/options.ts";

test("an init takes the proxy variables of its own environment", () => {
  const typed = Object.entries(initOptions).map(([name, { read }]) => [name, read(undefined, name)]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each is read by its own option
  const values = Object.fromEntries(typed) as InitValues;
  const { proxyVariables } = initOptionsOf(values, options(), { env: { HOME: "/root", NO_PROXY: ".svc" } });
  expect(proxyVariables).toEqual([{ name: "NO_PROXY", value: ".svc" }]);
});
