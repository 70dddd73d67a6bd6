import { beforeEach, expect, test } from "vitest";
import { waitBootstrap } from "../../src/phases/wait-bootstrap.ts";
import { list } from "../actions/api.ts";
import { answer, status } from "../kube/local-server.ts";
import { serveLocally } from "../kube/serve.ts";
import { type FakeMachine, fakeHost, fakeMachine } from "../support/fake-host.ts";
import { contextOf } from "./context.ts";

const csrs = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

const api = serveLocally(({ server }) => server.open({ token: "abcdef.0123456789abcdef" }));
let machine: FakeMachine;
let requests: unknown[];
let nodes: "missing" | "there" | "hidden";
let waits: string[];
beforeEach(() => {
  [requests, nodes, waits] = [[], "there", []];
  machine = fakeMachine("w1");
  machine.answers.set("kubeletIdentity", "");
  api.server.handle((asked) => {
    if (asked.path === csrs) return answer(asked, 200, list(...requests));
    if (nodes === "hidden") return answer(asked, 403, status(403, "Forbidden", "you may not see nodes"));
    if (nodes === "missing") return answer(asked, 404, status(404, "NotFound", "no such node"));
    answer(asked, 200, { apiVersion: "v1", kind: "Node", metadata: { name: "w1", resourceVersion: "1" } });
  });
});

/** A request for a node's certificate: of its DER only the subject's text matters here. */
const requestFor = (node: string, { name = "node-csr-1", version = "5", conditions = [{}], certificate }: Wish = {}): unknown => {
  const subject = Buffer.from(`system:node:${node}`);
  const der = Buffer.concat([Buffer.from([0x30, 0x55, 0x13, subject.length]), subject, Buffer.from([0x30, 0x00])]);
  const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
  return {
    metadata: { name, resourceVersion: version },
    spec: { signerName: "kubernetes.io/kube-apiserver-client-kubelet", request: Buffer.from(pem).toString("base64") },
    status: { conditions: conditions.filter((condition) => "type" in condition), ...(certificate !== undefined && { certificate }) },
  };
};

interface Wish {
  readonly name?: string;
  readonly version?: string;
  readonly conditions?: readonly object[];
  readonly certificate?: string;
}

const bootstrapped = (): unknown => machine.answers.set("kubeletIdentity", "yes\n");

/** Waits; what is waited for is written down, and `then` is done at the first word. */
const wait = async (then: () => unknown = bootstrapped): Promise<unknown> => {
  const host = fakeHost(machine).host;
  const [first] = contextOf().hosts;
  if (!first) throw new Error("the test's cluster has no host");
  const context = contextOf({ door: () => host, hosts: [{ ...first, name: "w1", roles: ["worker"] }] });
  const waiting = (reason: string): void => {
    waits.push(reason);
    then();
  };
  return await waitBootstrap(api.kube).act?.(context, "w1", { signal: new AbortController().signal, waiting, warn: () => undefined });
};

test("a kubelet with its certificate and its node has nothing to wait for", async () => {
  bootstrapped();
  await wait();
  expect(waits).toEqual([]);
});

test.each([
  ["that was not made", () => undefined, "the kubelet has not asked the cluster for its certificate yet"],
  ["of another node whose name begins alike", () => requestFor("w10"), "has not asked"],
  ["that waits", () => requestFor("w1"), 'waits for an administrator: "kubectl certificate approve node-csr-1"'],
  ["that nobody signs", () => requestFor("w1", { conditions: [{ type: "Approved" }] }), "is approved, and nobody signs it"],
  ["that is signed", () => requestFor("w1", { conditions: [{ type: "Approved" }], certificate: "x" }), "has yet to fetch the certificate"],
])("a request %s is told as what is waited for", async (_, make, words) => {
  const made = make();
  requests = made === undefined ? [] : [made];
  await wait();
  expect(waits).toEqual([expect.stringContaining(words)]);
});

test("the newest request counts", async () => {
  requests = [
    requestFor("w1", { name: "old", version: "9", conditions: [{ type: "Denied" }] }),
    requestFor("w1", { name: "new", version: "10" }),
  ];
  await wait();
  expect(waits).toEqual([expect.stringContaining("request new waits")]);
});

test.each([
  ["Denied", /has denied this node its certificate \(request node-csr-1\)/],
  ["Failed", /could not sign this node's certificate \(request node-csr-1\)/],
])("a request that was turned down (%s) ends the wait at once, with the reason and what to type", async (type, words) => {
  requests = [requestFor("w1", { conditions: [{ type, reason: "NotYou", message: "go away" }] })];
  await expect(wait()).rejects.toMatchObject({
    message: expect.stringMatching(words),
    details: { probably: "NotYou: go away", hint: expect.stringContaining('"kubectl delete csr node-csr-1"') },
  });
});

test("a node that is not registered yet is waited for", async () => {
  bootstrapped();
  nodes = "missing";
  await wait(() => (nodes = "there"));
  expect(waits).toEqual([expect.stringContaining("has not registered its node yet")]);
});

test("a token that may not see nodes ends with the certificate", async () => {
  bootstrapped();
  nodes = "hidden";
  await wait();
  expect(waits).toEqual([]);
});
