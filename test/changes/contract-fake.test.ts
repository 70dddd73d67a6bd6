import { dirname } from "node:path";
import { beforeEach, describe } from "vitest";
import { type FakeMachine, type FakeNode, fakeHost, fakeMachine } from "../support/fake-host.ts";
import { blobCases } from "./contract/blobs.ts";
import type { Body, Files } from "./contract/body.ts";
import { fileCases } from "./contract/files.ts";
import { leaseCases } from "./contract/lease.ts";

const describeNode = ({ type, mode, content }: FakeNode): string => `${type} ${mode.toString(8)} ${content.toString("base64")}`;

const filesOf = ({ nodes }: FakeMachine): Files => {
  const mkdir = (path: string, mode = 0o755): void => {
    if (path !== "/" && !nodes.has(dirname(path))) mkdir(dirname(path));
    nodes.set(path, { type: "directory", mode, content: Buffer.alloc(0) });
  };
  return {
    mkdir,
    read: (path) => (nodes.get(path)?.type === "regular file" ? nodes.get(path)?.content : undefined),
    write: (path, content, mode = 0o644) => {
      if (!nodes.has(dirname(path))) mkdir(dirname(path));
      if (nodes.get(dirname(path))?.type !== "directory") throw new Error(`${dirname(path)} is no folder`);
      nodes.set(path, { type: "regular file", mode, content: Buffer.from(content) });
    },
    remove: (path) =>
      [...nodes.keys()].filter((name) => name === path || name.startsWith(`${path}/`)).forEach((name) => nodes.delete(name)),
    tree: (folder) =>
      Object.fromEntries(
        [...nodes]
          .filter(([path]) => path.startsWith(`${folder}/`))
          .map(([path, node]) => [path.slice(folder.length + 1), describeNode(node)] as const)
          .toSorted(([a], [b]) => (a < b ? -1 : 1)),
      ),
  };
};

/** The fake of the other tests is worth as much as it keeps of what real hosts keep. */
describe("a fake host", () => {
  let made: Body;
  const body = (): Body => made;
  beforeEach(() => {
    const machine = fakeMachine("fake");
    made = { operator: async () => fakeHost(machine), files: filesOf(machine), forget: async () => undefined, stop: async () => undefined };
  });
  fileCases(body);
  leaseCases(body);
  blobCases(body);
});
