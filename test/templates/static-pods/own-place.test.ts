import { expect, test } from "vitest";
import { ownApiServer } from "../../../src/templates/static-pods/own-place.ts";
import { withApiServer } from "../cluster.ts";

const bindAddress = (...values: readonly string[]) => ({ extraArgs: values.map((value) => ({ name: "bind-address", value })) });

test.each([
  ["by the loopback where nothing is said", [], "127.0.0.1"],
  ["by the loopback where it listens at all addresses", ["0.0.0.0"], "127.0.0.1"],
  ["by the loopback where it listens at all addresses of IPv6", ["::"], "127.0.0.1"],
  ["at the one address at which it listens", ["10.0.0.11"], "10.0.0.11"],
  ["at that of IPv6", ["fd00::11"], "fd00::11"],
  ["at the last of several, which counts", ["0.0.0.0", "10.0.0.11"], "10.0.0.11"],
])("an API server is asked %s", (_, values, at) => {
  expect(ownApiServer(withApiServer({ ...bindAddress(...values), bindPort: 7443 }))).toEqual({ at, port: 7443 });
});
