import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../../src/config/problems.ts";
import { type RunEvent, toEventError } from "../../../src/engine/events.ts";
import { eventsSchema } from "../../../src/engine/progress/events-schema.ts";
import { jsonSink } from "../../../src/engine/progress/json.ts";
import { UserError } from "../../../src/shared/errors.ts";
import { begun, planned, testBus } from "./events.ts";

const error = toEventError(
  new UserError("it failed", { exit: "phase", command: "make", output: "no rule", probably: "a typing error", hint: "look again" }),
);

/** One of each kind with every field it may have: a kind that is missing here does not compile. */
const samples: { readonly [Type in RunEvent["type"]]: RunEvent & { readonly type: Type } } = {
  "run-started": { ...begun, kubernetes: "v1.36.0", operator: { node: "v24.0.0", system: "Linux 6.1", architecture: "x64" } },
  "host-facts": {
    type: "host-facts",
    host: "h1",
    roles: ["worker"],
    address: "10.0.0.1",
    os: "Debian GNU/Linux 12",
    kernel: "6.1.0",
    architecture: "amd64",
    cpus: 2,
    memory: 4e9,
    virtualization: "kvm",
  },
  bundle: { type: "bundle", platform: "linux/amd64", kubernetes: "v1.36.0", digest: "sha256:0", path: "/b.tar" },
  "phase-planned": { ...planned("install", "Install", "h1"), needs: [{ phase: "prepare", on: "everywhere" }], first: "h1" },
  "unit-started": { type: "unit-started", phase: "install", host: "h1" },
  change: { type: "change", phase: "install", host: "h1", change: "/etc/hosts", state: "changed", detail: "+1" },
  bytes: { type: "bytes", host: "h1", sent: 1, total: 2 },
  waiting: { type: "waiting", phase: "install", host: "h1", reason: "it starts", content: true },
  working: { type: "working", phase: "install", host: "h1" },
  warning: { type: "warning", host: "h1", text: "look" },
  "unit-ended": { type: "unit-ended", phase: "install", host: "h1", state: "skipped", changed: 0, took: 3, reason: "lost", error },
  "host-failed": { type: "host-failed", host: "h1", error },
  preflight: {
    type: "preflight",
    hosts: [{ host: "h1", asked: 2, passed: 1 }],
    findings: [
      { host: "h1", id: "swap", severity: "error", ignored: false, problem: "swap is on", evidence: "/dev/sda2", remedy: "turn it off" },
    ],
  },
  exchange: { type: "exchange", host: "h1", what: "apply", took: 3, output: "" },
  connection: { type: "connection", host: "h1", channels: 7, bytesSent: 10, bytesReceived: 3 },
  error: {
    type: "error",
    host: "h1",
    error: toEventError(
      new ConfigError([
        { severity: "error", file: "a.yaml", line: 1, column: 2, path: "spec", message: "no", hint: "yes", excerpt: "spec" },
      ]),
    ),
  },
  "run-ended": { type: "run-ended", exit: "done", changed: 0, took: 5, log: "/l", next: ["kubectl get nodes"] },
};

/** The same schema, but closed: fields which it does not know are refused, so that none goes unpublished. */
const closePart = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(closePart);
  return typeof schema === "object" && schema !== null ? closed(schema) : schema;
};

const closed = (schema: object): object => {
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closePart(value)]));
  return inner["type"] === "object" ? { ...inner, additionalProperties: false } : inner;
};

const lines = (events: readonly RunEvent[]): unknown[] => {
  const { bus } = testBus();
  const written: string[] = [];
  bus.subscribe(jsonSink((text) => written.push(text), "1.2.3"));
  for (const event of events) bus.emit(event);
  expect(written.every((line) => line.endsWith("\n") && line.indexOf("\n") === line.length - 1)).toBe(true);
  return written.map((line) => JSON.parse(line) as unknown);
};

describe("newline-delimited events", () => {
  test.each(Object.values(samples).map((event) => [event.type, event] as const))("%s is as the schema says, field by field", (_, event) => {
    const validate = new Ajv({ allErrors: true }).compile({ ...closed(eventsSchema) });
    for (const line of lines([event])) expect(validate(line) ? [] : validate.errors).toEqual([]);
  });

  test("begin with the version", () => {
    expect(lines([])).toEqual([{ type: "version", events: "1.1", kbs: "1.2.3" }]);
  });

  test("may gain fields, and none of the promised ones may be missing", () => {
    const validate = new Ajv().compile(eventsSchema);
    const line = { ...samples.bytes, time: 1, at: 0 };
    expect(validate({ ...line, later: true })).toBe(true);
    expect(validate({ ...line, sent: undefined })).toBe(false);
  });

  test("have a published schema, which is this one", () => {
    const published = readFileSync(join(import.meta.dirname, "../../../schema/kbs-events.schema.json"), "utf8");
    expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(eventsSchema)));
  });
});
