import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { connectLocal } from "../../src/host/local.ts";
import { shellHost } from "../../src/host/shell-host.ts";

test("the time of a message begins when the host has a shell for it: to wait for one costs none of it", async () => {
  const local = connectLocal("h1");
  const late: typeof local.start = async (loader, options) => {
    await sleep(4000);
    options?.signal?.throwIfAborted();
    return local.start(loader, options);
  };
  const host = shellHost({ ...local, start: late });
  const { records } = await host.send({ kind: "ask", questions: [{ id: "greeting", script: "echo hello" }] }, { timeout: 3500 });
  expect(records.map(({ output }) => output.toString())).toEqual(["hello\n"]);
});
