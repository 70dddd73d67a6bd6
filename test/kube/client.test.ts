import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createServer as createTlsServer } from "node:tls";
import { describe, expect, test } from "vitest";
import { KubeError } from "../../src/kube/error.ts";
import { UserError } from "../../src/shared/errors.ts";
import { makeAuthority } from "./certificates.ts";
import { answer, startLocalServer, status } from "./local-server.ts";
import { serveLocally } from "./serve.ts";
import { tunnelsTo } from "./tunnel.ts";

const api = serveLocally();

const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "n" }, data: { key: "value" } };
const ref = { apiVersion: "v1", kind: "ConfigMap", name: "a", namespace: "n" };
const failure = async (promise: Promise<unknown>): Promise<KubeError> => {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof KubeError ? error : expect.fail(`no KubeError: ${String(error)}`);
};

describe("one connection", () => {
  test("serves a hundred requests at once, and a watch", async () => {
    api.server.handle((asked) => {
      if (asked.path.includes("watch=true")) asked.stream.respond({ ":status": 200 });
      else setTimeout(() => answer(asked, 200, configMap), 5);
    });
    const stop = new AbortController();
    const watching = api.kube.watch(ref, { resourceVersion: "1", onEvent: () => undefined, signal: stop.signal });
    await Promise.all(Array.from({ length: 100 }, () => api.kube.get(ref)));
    stop.abort();
    await watching;
    expect(api.server.tunnels.channels.length).toBe(1);
  });

  test("is made anew when it breaks, and the requests in flight are sent again", async () => {
    let broken = false;
    api.server.handle((asked) => {
      if (broken) return answer(asked, 200, configMap);
      broken = true;
      api.server.tunnels.cut();
    });
    expect(await Promise.all(Array.from({ length: 20 }, () => api.kube.get(ref)))).toEqual(Array.from({ length: 20 }, () => configMap));
    expect(api.server.tunnels.channels.length).toBe(2);
  });

  test("does not take half an answer for a whole one", async () => {
    let count = 0;
    api.server.handle((asked) => {
      count += 1;
      if (count > 1) return answer(asked, 200, configMap);
      asked.stream.respond({ ":status": 200, "content-type": "application/json" });
      asked.stream.write('{"kind":"ConfigMap"}', () => setTimeout(() => api.server.tunnels.cut(), 20));
    });
    expect(await api.kube.get(ref)).toEqual(configMap);
    expect(count).toBe(2);
  });

  test("is left after a GOAWAY, while what it carries ends on it", async () => {
    api.server.handle((asked) => {
      if (asked.path.endsWith("/slow")) {
        asked.stream.session?.goaway();
        setTimeout(() => answer(asked, 200, { slow: true }), 100);
      } else answer(asked, 200, { slow: false });
    });
    const slow = api.kube.raw("GET", "/slow");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await api.kube.raw("GET", "/quick")).toEqual({ slow: false });
    expect(await slow).toEqual({ slow: true });
    expect(api.server.tunnels.channels.length).toBe(2);
    expect(api.server.asked.length).toBe(2);
    await expect.poll(() => api.server.tunnels.open()).toBe(1);
  });

  test("is closed, tunnel and all, with the client", async () => {
    api.server.handle((asked) => answer(asked, 200, configMap));
    await api.kube.get(ref);
    api.kube.close();
    await expect.poll(() => api.server.tunnels.open()).toBe(0);
    await expect(api.kube.get(ref)).rejects.toThrow("the connection to the API server was closed");
    expect(api.server.tunnels.channels.length).toBe(1);
  });

  test("carries lists far longer than HTTP/2's usual window", async () => {
    const items = Array.from({ length: 500 }, (_, index) => ({ metadata: { name: `p${index}` }, spec: "é".repeat(5000) }));
    api.server.handle((asked) => answer(asked, 200, { kind: "PodList", metadata: { resourceVersion: "7" }, items }));
    const list = await api.kube.list({ apiVersion: "v1", kind: "Pod" });
    expect(list.resourceVersion).toBe("7");
    expect(list.items.length).toBe(500);
    expect(list.items[499]).toEqual({ apiVersion: "v1", kind: "Pod", ...items[499] });
  });
});

describe("a request", () => {
  test("is an apply by manager kbs which takes fields over, in one round trip", async () => {
    api.server.handle((asked) => answer(asked, 200, configMap));
    await api.kube.apply(configMap);
    await api.kube.apply(configMap, { dryRun: true, force: false });
    const [first, second] = api.server.asked;
    expect(first).toMatchObject({
      method: "PATCH",
      headers: { "content-type": "application/apply-patch+yaml" },
      body: JSON.stringify(configMap),
    });
    expect(first?.path).toBe("/api/v1/namespaces/n/configmaps/a?fieldManager=kbs&fieldValidation=Strict&force=true");
    expect(second?.path).toBe("/api/v1/namespaces/n/configmaps/a?fieldManager=kbs&fieldValidation=Strict&force=false&dryRun=All");
  });

  test("carries the token and selectors", async () => {
    api.server.handle((asked) => answer(asked, 200, { metadata: { resourceVersion: "1" }, items: null }));
    const other = api.server.open({ token: "abc.def" });
    expect((await other.list({ apiVersion: "v1", kind: "Pod", labelSelector: "a in (b,c)" })).items).toEqual([]);
    expect(api.server.asked[0]?.headers["authorization"]).toBe("Bearer abc.def");
    expect(api.server.asked[0]?.path).toBe("/api/v1/pods?labelSelector=a+in+%28b%2Cc%29");
    other.close();
  });

  test.each([
    [429, "TooManyRequests"],
    [500, "InternalError"],
    [503, "ServiceUnavailable"],
    [504, "Timeout"],
  ])("is sent again after %i", async (code, reason) => {
    api.server.handle((asked) =>
      api.server.asked.length < 3 ? answer(asked, code, status(code, reason, "later")) : answer(asked, 200, configMap),
    );
    expect(await api.kube.apply(configMap)).toEqual(configMap);
  });

  test("waits as long as the server's Retry-After says", async () => {
    const headers = { "retry-after": "1" };
    api.server.handle((asked) =>
      api.server.asked.length < 2 ? answer(asked, 429, status(429, "x", "y"), headers) : answer(asked, 200, configMap),
    );
    const started = performance.now();
    await api.kube.get(ref);
    expect(performance.now() - started).toBeGreaterThan(950);
  });

  test("is not sent again after what time does not cure", async () => {
    api.server.handle((asked) => answer(asked, 422, status(422, "Invalid", 'Service "s" is invalid: spec.ports: Required value')));
    const error = await failure(api.kube.apply(configMap));
    expect(error).toMatchObject({ exit: "phase", code: 422, reason: "Invalid" });
    expect(error.message).toBe(
      'the API server at cp1 refused to apply ConfigMap n/a: Service "s" is invalid: spec.ports: Required value (422 Invalid)',
    );
    expect(api.server.asked.length).toBe(1);
  });

  test("whose object does not fit its kind's schema is not sent again, though the server calls that 500", async () => {
    const said = "failed to create typed patch object (n/a; /v1, Kind=ConfigMap): .dta: field not declared in schema";
    api.server.handle((asked) => answer(asked, 500, status(500, "", said)));
    expect((await failure(api.kube.apply(configMap))).message).toContain(said);
    expect(api.server.asked.length).toBe(1);
  });

  test("gives up when its time is over, and says so", async () => {
    api.server.handle(() => undefined);
    const error = await failure(api.kube.get(ref, { timeout: 50, patience: 0 }));
    expect(error).toMatchObject({ reason: "NoAnswer", exit: "phase" });
    expect(error.message).toBe("the API server at cp1 does not answer (asked to get ConfigMap n/a): nothing within 0.05 s");
  });

  test("ends with its signal, and with the client's", async () => {
    api.server.handle(() => undefined);
    await expect(api.kube.get(ref, { signal: AbortSignal.timeout(30) })).rejects.toMatchObject({ name: "TimeoutError" });
    const stop = new AbortController();
    const other = api.server.open({ signal: stop.signal });
    setTimeout(() => stop.abort(new Error("interrupted")), 100);
    await expect(other.get(ref)).rejects.toThrow("interrupted");
    await expect.poll(() => api.server.tunnels.open()).toBe(1);
  });
});

describe("a server", () => {
  test("that refuses connections is named, with what the tunnel said", async () => {
    api.server.close();
    const error = await failure(api.kube.get(ref, { patience: 0 }));
    expect(error.message).toMatch(/^the API server at cp1 does not answer \(asked to get ConfigMap n\/a\): .*ECONNREFUSED/);
  });

  test("behind a host that is gone leaves the host's own error its say", async () => {
    const gone = new UserError("cp1 does not answer", { exit: "unreachable", host: "cp1", hint: "switch it on" });
    const error = await failure(api.server.open({ dial: () => Promise.reject(gone) }).get(ref, { patience: 0 }));
    expect(error.details).toMatchObject({ exit: "unreachable", host: "cp1", hint: "switch it on" });
  });

  test("of which a hundred requests cannot be sent is not dialled a hundred times", async () => {
    let dials = 0;
    const dial = () => {
      dials += 1;
      return Promise.reject(new Error("refused"));
    };
    const other = api.server.open({ dial });
    await Promise.allSettled(Array.from({ length: 100 }, () => other.get(ref, { patience: 1000 })));
    expect(dials).toBe(3);
  });

  test("with another name in its certificate is refused at once", async () => {
    const stranger = await startLocalServer(api.authority, "DNS:other");
    const other = stranger.open();
    const error = await failure(other.get(ref));
    expect(error).toMatchObject({ reason: "Untrusted", transient: false });
    expect(error.message).toContain("what answers at cp1 is not this cluster's API server: ");
    expect(error.message).toContain("kubernetes");
    expect(stranger.tunnels.open()).toBe(0);
    stranger.close();
  });

  test("of another cluster is refused at once", async () => {
    const others = await makeAuthority();
    const error = await failure(api.server.open({ ca: others.cert }).get(ref));
    expect(error).toMatchObject({ reason: "Untrusted", transient: false });
    expect(api.server.asked).toEqual([]);
    await rm(others.directory, { recursive: true });
  });

  test("without HTTP/2 is told apart", async () => {
    const { cert, key } = await api.authority.issue("plain", "/CN=plain", "DNS:kubernetes");
    const plain = createTlsServer({ cert, key }).listen(0, "127.0.0.1");
    await once(plain, "listening");
    const address = plain.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const error = await failure(api.server.open({ dial: tunnelsTo(port).dial }).get(ref));
    expect(error.message).toContain("it does not speak HTTP/2");
    plain.close();
  });
});

describe("an object", () => {
  test("that is not there, or of a kind that is not there, is undefined", async () => {
    expect(await api.kube.get(ref)).toBeUndefined();
    api.server.handle(({ stream }) => {
      stream.respond({ ":status": 404, "content-type": "text/plain" });
      stream.end("404 page not found\n");
    });
    expect(await api.kube.get({ apiVersion: "example.com/v1", kind: "Thing", name: "t" })).toBeUndefined();
    const error = await failure(api.kube.apply({ apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "t" } }));
    expect(error.message).toBe("the API server knows no kind Thing in example.com/v1");
  });

  test("of a kind kbs does not know is found by asking once", async () => {
    const resources = [
      { name: "things/status", kind: "Thing", namespaced: true },
      { name: "things", kind: "Thing", namespaced: true },
    ];
    api.server.handle((asked) => answer(asked, 200, asked.path === "/apis/example.com/v1" ? { resources } : configMap));
    const thing = { apiVersion: "example.com/v1", kind: "Thing", name: "t", namespace: "n" };
    await api.kube.get(thing);
    await api.kube.get(thing);
    expect(api.server.asked.map(({ path }) => path)).toEqual([
      "/apis/example.com/v1",
      "/apis/example.com/v1/namespaces/n/things/t",
      "/apis/example.com/v1/namespaces/n/things/t",
    ]);
  });

  test("without the namespace it needs is a mistake of ours", async () => {
    await expect(api.kube.get({ apiVersion: "v1", kind: "ConfigMap", name: "a" })).rejects.toThrow(RangeError);
  });
});
