import { expect, test } from "vitest";
import { lookAtNodes } from "../../../src/actions/apply/nodes.ts";
import { contextOf } from "../../phases/context.ts";
import { cluster } from "../../templates/cluster.ts";
import { serveApi } from "../api.ts";

const [cp1 = "", w1 = ""] = cluster.hosts.map(({ name }) => name);
let kubelets: Readonly<Record<string, string>> = {};
let ready: Readonly<Record<string, "True" | "False">> = {};
let addresses: Readonly<Record<string, string>> = {};
let server = cluster.kubernetes.version;
const api = serveApi(() => ({
  "GET /version": { gitVersion: server },
  "GET /api/v1/nodes": {
    kind: "NodeList",
    metadata: { resourceVersion: "1" },
    items: Object.entries(kubelets).map(([name, kubeletVersion]) => ({
      metadata: { name },
      status: {
        nodeInfo: { kubeletVersion },
        conditions: [{ type: "Ready", status: ready[name] ?? "Unknown" }],
        addresses: [{ type: "InternalIP", address: addresses[name] ?? "10.9.9.9" }],
      },
    })),
  },
}));

const look = async (running: {
  readonly server?: string;
  readonly kubelets?: Readonly<Record<string, string>>;
  readonly joined?: readonly string[];
}): Promise<ReadonlySet<string>> => {
  server = running.server ?? cluster.kubernetes.version;
  kubelets = running.kubelets ?? {};
  const context = { ...contextOf(), joined: new Set(running.joined) };
  context.learned.tell("kube", api.kube());
  return await lookAtNodes(context, new AbortController().signal);
};

test("a cluster of the file's version, or of an earlier one, may be changed", async () => {
  await expect(look({ kubelets: { [cp1]: cluster.kubernetes.version, [w1]: "v1.30.0" } })).resolves.toEqual(new Set());
});

test("a file that would lower a version is refused, with who runs a later one", async () => {
  await expect(look({ server: "v1.99.0", kubelets: { [w1]: "v1.99.1" } })).rejects.toThrow(
    `asks for Kubernetes ${cluster.kubernetes.version}, but the API server runs v1.99.0, the kubelet of ${w1} runs v1.99.1`,
  );
});

test("nodes that are ready now are told from the others", async () => {
  ready = { [cp1]: "True", [w1]: "False" };
  await expect(look({ kubelets: { [cp1]: "v1.30.0", [w1]: "v1.30.0" } })).resolves.toEqual(new Set([cp1]));
  ready = {};
});

test("a node that the file does not name may run what it likes", async () => {
  await expect(look({ kubelets: { stranger: "v1.99.0" } })).resolves.toEqual(new Set());
});

test("a node that the file calls by another name is refused; one that has joined nothing yet is no such node", async () => {
  addresses = { "old-name": cluster.hosts.find(({ name }) => name === w1)?.internalAddress ?? "" };
  const kubelets = { [cp1]: cluster.kubernetes.version, "old-name": cluster.kubernetes.version };
  await expect(look({ kubelets, joined: [w1] })).rejects.toThrow(`calls ${w1} what is the node old-name`);
  await expect(look({ kubelets, joined: [] })).resolves.toEqual(new Set());
  addresses = {};
  await expect(look({ kubelets, joined: [w1] })).resolves.toEqual(new Set());
});
