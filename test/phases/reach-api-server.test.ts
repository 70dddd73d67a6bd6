import { expect, test } from "vitest";
import { reachApiServer } from "../../src/phases/reach-api-server.ts";
import { waitApiServer } from "../../src/phases/wait-api-server.ts";
import { issue, textOf } from "../pki/support.ts";
import { deafHost } from "../support/deaf-host.ts";
import { fakeMachine } from "../support/fake-host.ts";
import { cluster, cp1, withApiServer } from "../templates/cluster.ts";
import { contextOf } from "./context.ts";

const tools = { signal: new AbortController().signal, waiting: () => undefined, warn: () => undefined };

test.each([
  ["by the loopback", cluster, "127.0.0.1 6443"],
  ["where it alone listens", withApiServer({ extraArgs: [{ name: "bind-address", value: "10.0.0.11" }] }), "10.0.0.11 6443"],
])("the API server is looked for %s", async (_, wished, place) => {
  const { host, dialled } = deafHost(fakeMachine("cp1"));
  const admin = { mode: 0o600, content: Buffer.from(textOf(await issue(), "admin.conf")) };
  const context = contextOf({
    cluster: { ...wished, controlPlaneWithin: 0 },
    door: () => host,
    pkiFound: new Map([["cp1", new Map([["/etc/kubernetes/admin.conf", admin]])]]),
  });
  await reachApiServer.act?.(context, cp1.name, tools);
  expect(dialled).toEqual(new Set([place]));
  dialled.clear();
  expect(await waitApiServer.foresee?.(context, cp1.name, tools)).toMatchObject({ waits: [expect.stringContaining("connection refused")] });
  expect(dialled).toEqual(new Set([place]));
});
