import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { ensureChromium } from "./chromium.ts";

// Chromium without a window, driven by its DevTools protocol over two pipes: JSON messages, each ended by a zero byte.

/** Milliseconds that one answer may take: a page of some megabytes on a busy machine included. */
const patience = 120_000;

type Fields = Readonly<Record<string, unknown>>;

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Fields;
  readonly result?: Fields;
  readonly error?: { readonly message: string };
}

export interface View {
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly dark?: boolean;
  readonly print?: boolean;
  /** Whether scripts of the page may run; default false. */
  readonly scripts?: boolean;
}

export interface Page {
  /** Opens a file and waits until all of it is there. */
  readonly open: (file: string, view: View) => Promise<void>;
  /** The value of an expression in the page, told as JSON. */
  readonly ask: <T>(expression: string) => Promise<T>;
  /** Roles of what a screen reader finds, in the order of the page. */
  readonly roles: () => Promise<readonly string[]>;
  /** A picture of the whole page, or of the view alone. */
  readonly picture: (file: string, whole?: boolean) => Promise<void>;
  /** What the page complained about, what it fetched beside itself, and what it ran. */
  readonly troubles: readonly string[];
}

export interface Browser {
  readonly page: Page;
  readonly close: () => Promise<void>;
}

interface Wire {
  readonly send: (method: string, params?: Fields) => Promise<Fields>;
  readonly attach: (sessionId: string) => void;
  readonly on: (hear: (method: string, params: Fields) => void) => void;
}

const openWire = (child: ChildProcess, input: Writable, output: Readable): Wire => {
  const pending = new Map<number, PromiseWithResolvers<Fields>>();
  const listeners: ((method: string, params: Fields) => void)[] = [];
  let session: string | undefined;
  let last = 0;
  let rest = "";
  const hear = ({ id, method, params = {}, result = {}, error }: Answer): void => {
    if (id === undefined && method !== undefined) for (const listener of listeners) listener(method, params);
    const waiting = pending.get(id ?? 0);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(`Chromium: ${error.message}`));
  };
  output.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = `${rest}${chunk}`.split("\0");
    rest = parts.pop() ?? "";
    for (const part of parts) hear(JSON.parse(part));
  });
  child.once("exit", (code) => {
    for (const waiting of pending.values()) waiting.reject(new Error(`Chromium ended with code ${code}`));
  });
  return {
    attach: (id) => void (session = id),
    on: (listener) => void listeners.push(listener),
    send: async (method, params = {}) => {
      const id = ++last;
      const answer = Promise.withResolvers<Fields>();
      pending.set(id, answer);
      const late = setTimeout(() => answer.reject(new Error(`Chromium did not answer to ${method}`)), patience);
      input.write(`${JSON.stringify({ id, method, params, ...(session !== undefined && { sessionId: session }) })}\0`);
      try {
        return await answer.promise;
      } finally {
        clearTimeout(late);
        pending.delete(id);
      }
    },
  };
};

const isOwn = (url: string, file: string): boolean => url === pathToFileURL(file).href;

const toPage = ({ send, on }: Wire): Page => {
  const troubles: string[] = [];
  let file = "";
  let loaded = Promise.withResolvers<void>();
  on((method, params) => {
    if (method === "Page.loadEventFired") loaded.resolve();
    if (method === "Log.entryAdded" || method === "Runtime.exceptionThrown" || method === "Runtime.consoleAPICalled")
      troubles.push(`${method} ${JSON.stringify(params)}`);
    const { request } = params as { readonly request?: { readonly url: string } };
    if (method === "Network.requestWillBeSent" && request !== undefined && !isOwn(request.url, file))
      troubles.push(`fetched ${request.url}`);
  });
  const ask = async <T>(expression: string): Promise<T> => {
    const { result, exceptionDetails } = await send("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails !== undefined) throw new Error(`Chromium: ${JSON.stringify(exceptionDetails)}`);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- whoever asks knows what the expression gives
    return (result as { readonly value: T }).value;
  };
  return {
    troubles,
    ask,
    open: async (path, { width, height, dark = false, print = false, scripts = false }) => {
      file = path;
      for (const domain of ["Page", "Runtime", "Log", "Network"]) await send(`${domain}.enable`);
      await send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 600 });
      const features = [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }];
      await send("Emulation.setEmulatedMedia", { media: print ? "print" : "screen", features });
      await send("Emulation.setScriptExecutionDisabled", { value: !scripts });
      loaded = Promise.withResolvers<void>();
      await send("Page.navigate", { url: pathToFileURL(path).href });
      const late = setTimeout(() => loaded.reject(new Error(`Chromium did not open ${path}`)), patience);
      await loaded.promise;
      clearTimeout(late);
    },
    roles: async () => {
      const { nodes } = await send("Accessibility.getFullAXTree");
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as the protocol has it
      return (nodes as readonly { readonly ignored: boolean; readonly role?: { readonly value: string } }[]).flatMap(({ ignored, role }) =>
        ignored || role === undefined ? [] : [role.value],
      );
    },
    picture: async (path, whole = true) => {
      const { data } = await send("Page.captureScreenshot", { format: "png", captureBeyondViewport: whole });
      await writeFile(path, Buffer.from(String(data), "base64"));
    },
  };
};

/** Starts Chromium with a profile of its own, which goes with it. */
export const openBrowser = async (): Promise<Browser> => {
  const program = await ensureChromium();
  const profile = await mkdtemp(join(tmpdir(), "kbs-browser-"));
  // Its sandbox cannot be had by root, and what is opened is our own file.
  const words = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--hide-scrollbars"];
  const child = spawn(program, [...words, "--remote-debugging-pipe", `--user-data-dir=${profile}`, "about:blank"], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  const ended = once(child, "exit");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as its stdio was asked for
  const wire = openWire(child, child.stdio[3] as Writable, child.stdio[4] as Readable);
  const close = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as the protocol has it
    const { targetInfos } = (await wire.send("Target.getTargets")) as {
      readonly targetInfos: readonly { readonly targetId: string; readonly type: string }[];
    };
    const targetId = targetInfos.find(({ type }) => type === "page")?.targetId;
    const { sessionId } = await wire.send("Target.attachToTarget", { targetId, flatten: true });
    wire.attach(String(sessionId));
    return { page: toPage(wire), close };
  } catch (error) {
    await close();
    throw error;
  }
};
