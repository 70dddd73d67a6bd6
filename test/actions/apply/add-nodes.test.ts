import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { addNodes } from "../../../src/actions/apply/add-nodes.ts";
import { fakeCluster, serveCluster } from "../../kube/draining-server.ts";
import { serveLocally } from "../../kube/serve.ts";
import { fakeFleet, fileOf } from "../fake-fleet.ts";
import { options } from "../options.ts";

// What adding nodes refuses before a host is touched; that it joins new ones alone is proven on the lab's hosts.

const api = serveLocally();
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "kbs-add-nodes-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

const add = async (hosts: readonly string[], nodes: readonly string[], limit: readonly string[] = []): Promise<unknown> => {
  const file = join(directory, "kbs.yaml");
  await writeFile(file, fileOf(hosts));
  const { connect } = await fakeFleet(hosts, file, api.authority, api.server);
  api.server.handle(
    serveCluster(
      fakeCluster(
        nodes.map((name) => ({ name })),
        [],
      ),
    ),
  );
  return await addNodes({ ...options({ file, connect, limit, bundle: join(directory, "no.tar") }), mergeKubeconfig: false });
};

test("no new host is refused with a sentence that says what to type for the rest", async () => {
  await expect(add(["cp1", "w1"], ["cp1", "w1", "w9"])).rejects.toMatchObject({
    exit: "usage",
    message: expect.stringMatching(/^every host of .*kbs.yaml is a node of demo already$/),
    details: { hint: expect.stringContaining("kbs apply -f ") },
  });
  await expect(add(["cp1", "w1", "w2"], ["cp1", "w1"], ["w1"])).rejects.toThrow("every host that is named is a node of demo already");
});

test("a name that is no host of the file is told as such", async () => {
  await expect(add(["cp1", "w1"], ["cp1"], ["w7"])).rejects.toThrow("--limit: w7 is not a host of");
});

test("a new host is let in as an apply would: what is missing for that is told", async () => {
  await expect(add(["cp1", "w1", "w2"], ["cp1", "w1"])).rejects.toThrow(/no\.tar/);
});

test("standard input is refused, since the file is read twice", async () => {
  await expect(addNodes({ ...options({ file: "-" }), mergeKubeconfig: false })).rejects.toMatchObject({ exit: "usage" });
});
