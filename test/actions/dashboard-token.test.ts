import { expect, test } from "vitest";
import { askForToken, dashboardToken } from "../../src/actions/dashboard-token.ts";
import { createBus } from "../../src/engine/events.ts";
import { secrets } from "../../src/shared/secrets.ts";
import { cluster, cp1, w1 } from "../templates/cluster.ts";
import { serveApi } from "./api.ts";

const account = "/api/v1/namespaces/kubernetes-dashboard/serviceaccounts/admin-user";
const service = "/api/v1/namespaces/kubernetes-dashboard/services/headlamp";
const installed = {
  [`GET ${account}`]: { metadata: { name: "admin-user", resourceVersion: "1" } },
  [`GET ${service}`]: { metadata: { name: "headlamp", resourceVersion: "1" }, spec: { ports: [{ port: 443, nodePort: 30_999 }] } },
  [`POST ${account}/token`]: { status: { token: "header.payload.signature" } },
};

let answers: Record<string, unknown> = installed;
const api = serveApi(() => answers);
const wish = { seconds: 3600, file: "kbs.yaml" };

test("a token is asked for as long as it is wished, and is a secret from then on", async () => {
  answers = installed;
  const found = await askForToken(api.kube(), { ...cluster, hosts: [{ ...cp1, address: "203.0.113.7" }, w1] }, wish);
  expect(found).toEqual({ token: "header.payload.signature", url: "https://203.0.113.7:30999" });
  const [, body] = api.asked().find(([request]) => request.startsWith("POST")) ?? [];
  expect(JSON.parse(body ?? "")).toEqual({
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: 3600 },
  });
  expect(secrets.mask("token: header.payload.signature")).toBe("token: ***");
});

test("a host that only SSH knows by its name is named by its address", async () => {
  answers = installed;
  const { url } = await askForToken(api.kube(), { ...cluster, hosts: [{ ...cp1, address: "my_host" }] }, wish);
  expect(url).toBe("https://10.0.0.11:30999");
});

test("without the add-on there is a sentence that says how to have it", async () => {
  answers = {};
  await expect(askForToken(api.kube(), cluster, wish)).rejects.toThrow(
    expect.objectContaining({
      message: "the dashboard is not in the cluster",
      exit: "phase",
      details: expect.objectContaining({ hint: expect.stringContaining("addons: [{ name: dashboard }]") }),
    }),
  );
  expect(api.asked().filter(([request]) => request.startsWith("POST"))).toEqual([]);
});

test("less than the API server allows is refused before any host is asked", async () => {
  const bus = createBus();
  const options = {
    ...wish,
    limit: [],
    concurrency: 1,
    timeout: 1000,
    keepGoing: false,
    acceptNewHostKeys: false,
    ignorePreflight: [],
    command: "kbs dashboard token",
  };
  await expect(dashboardToken({ ...options, bus, seconds: 300, signal: new AbortController().signal })).rejects.toThrow(
    "600 seconds at least, not 300",
  );
});
