import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { follow } from "../../src/kube/follow.ts";
import { type Asked, answer, status } from "./local-server.ts";
import { serveLocally } from "./serve.ts";

const api = serveLocally();
let stop: AbortController;

beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => {
  vi.useRealTimers();
  stop.abort();
});

const node = (name: string, resourceVersion: string) => ({ apiVersion: "v1", kind: "Node", metadata: { name, resourceVersion } });
const list = (resourceVersion: string, ...names: readonly string[]) => ({
  metadata: { resourceVersion },
  items: names.map((name) => node(name, resourceVersion)),
});
const lines = (events: readonly unknown[]): string => events.map((event) => `${JSON.stringify(event)}\n`).join("");

/** Lists as given, in turn; each watch is handed over. */
const serve = (lists: readonly unknown[], onWatch: (asked: Asked, count: number) => unknown): void => {
  let [listed, watched] = [0, 0];
  api.server.handle((asked) => {
    if (!asked.path.includes("watch=true")) return answer(asked, 200, lists[listed++]);
    asked.stream.respond({ ":status": 200, "content-type": "application/json" });
    onWatch(asked, ++watched);
  });
};

const seen: string[][] = [];
const start = (onTrouble?: (reason: string) => void): Promise<void> => {
  seen.length = 0;
  const onChange = (objects: ReadonlyMap<string, unknown>): unknown => seen.push([...objects.keys()]);
  return follow(api.kube, { apiVersion: "v1", kind: "Node" }, { signal: stop.signal, onChange, ...(onTrouble ? { onTrouble } : {}) });
};
const paths = (): string[] => api.server.asked.map(({ path }) => path.replace("watch=true&allowWatchBookmarks=true&", ""));

describe("what is followed", () => {
  test("changes with each event, however the lines are cut", async () => {
    serve([list("5", "a")], async ({ stream }) => {
      const text = lines([
        { type: "ADDED", object: node("b", "6") },
        { type: "MODIFIED", object: node("b", "7") },
        { type: "DELETED", object: node("a", "8") },
      ]);
      for (let at = 0; at < text.length; at += 50) {
        stream.write(text.slice(at, at + 50));
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    });
    const following = start();
    await expect.poll(() => seen.at(-1)).toEqual(["/b"]);
    expect(seen).toEqual([["/a"], ["/a", "/b"], ["/a", "/b"], ["/b"]]);
    stop.abort();
    await following;
  });

  test("goes on where a dropped watch stopped, bookmarks counted, without a new list", async () => {
    serve([list("5", "a")], ({ stream }, count) => {
      if (count === 1)
        stream.write(lines([{ type: "BOOKMARK", object: node("", "9") }]), () => setTimeout(() => api.server.tunnels.cut(), 20));
      else stream.write(lines([{ type: "ADDED", object: node("b", "10") }]));
    });
    const troubles: string[] = [];
    const following = start((reason) => troubles.push(reason));
    await expect.poll(() => seen.at(-1), { timeout: 3000 }).toEqual(["/a", "/b"]);
    expect(paths()).toEqual(["/api/v1/nodes", "/api/v1/nodes?resourceVersion=5", "/api/v1/nodes?resourceVersion=9"]);
    // The second ["/a"]: the server answers again, whatever was said meanwhile.
    expect(seen).toEqual([["/a"], ["/a"], ["/a", "/b"]]);
    expect(troubles).toEqual(["the API server at cp1 does not answer (asked to watch every Node): the connection broke"]);
    stop.abort();
    await following;
  });

  test("is listed anew when the server has forgotten the place", async () => {
    const gone = { type: "ERROR", object: status(410, "Expired", "too old resource version") };
    serve([list("5", "a"), list("50", "b")], ({ stream }, count) => count === 1 && stream.end(lines([gone])));
    const following = start();
    await expect.poll(() => seen.at(-1), { timeout: 3000 }).toEqual(["/b"]);
    await expect.poll(() => paths().at(-1), { timeout: 3000 }).toBe("/api/v1/nodes?resourceVersion=50");
    stop.abort();
    await following;
  });

  test("is given up without the right to see it", async () => {
    api.server.handle((asked) => answer(asked, 403, status(403, "Forbidden", 'nodes is forbidden: User "x" cannot list resource "nodes"')));
    await expect(start()).rejects.toMatchObject({ code: 403, details: { hint: "use the credentials of a cluster administrator" } });
  });

  test("is asked for again on a new connection when the old one is frozen: pings tell", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    serve([list("5", "a")], ({ stream }, count) => {
      if (count === 2) stream.write(lines([{ type: "ADDED", object: node("b", "6") }]));
    });
    const following = start();
    await expect.poll(() => api.server.asked.length, { interval: 5 }).toBe(2);
    api.server.tunnels.freeze();
    vi.advanceTimersByTime(15_000);
    expect(api.server.tunnels.open()).toBe(1);
    vi.advanceTimersByTime(15_000);
    await expect.poll(() => seen.at(-1), { timeout: 3000, interval: 5 }).toEqual(["/a", "/b"]);
    expect(api.server.tunnels.channels.length).toBe(2);
    expect(api.server.tunnels.open()).toBe(1);
    stop.abort();
    await following;
  });
});
