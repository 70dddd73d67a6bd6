import { expect, test } from "vitest";
import { ownApiServer, ownEtcd } from "../../../src/templates/static-pods/own-place.ts";
import { cluster, cp1, withApiServer } from "../cluster.ts";

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

test.each([
  ["by the loopback where nothing is said", undefined, "127.0.0.1"],
  ["by the loopback where it listens there, too", "https://10.0.0.11:2379,https://127.0.0.1:2379", "127.0.0.1"],
  ["by the loopback where it listens at all addresses", "https://0.0.0.0:2379", "127.0.0.1"],
  ["at the address at which it listens alone", "https://10.0.0.11:2379", "10.0.0.11"],
  ["at that of IPv6", "https://[fd00::11]:2379", "fd00::11"],
])("a member of etcd is asked %s", (_, urls, at) => {
  const extraArgs = urls === undefined ? [] : [{ name: "listen-client-urls", value: urls }];
  expect(ownEtcd({ etcd: { ...cluster.etcd, extraArgs } }, cp1)).toEqual({ at, port: 2379 });
});

test("a member of etcd of IPv6 is asked by the loopback of its family", () => {
  expect(ownEtcd(cluster, { internalAddress: "fd00::11" })).toEqual({ at: "::1", port: 2379 });
});
