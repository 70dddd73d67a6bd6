import { exitCodes } from "../../shared/errors.ts";
import { eventsVersion, type RunEvent } from "../events.ts";

type Schema = Readonly<Record<string, unknown>>;

const text = (description?: string): Schema => ({ type: "string", ...(description !== undefined && { description }) });
const count = (description?: string): Schema => ({ type: "integer", minimum: 0, ...(description !== undefined && { description }) });
const oneOf = (words: readonly string[], description?: string): Schema => ({
  enum: words,
  ...(description !== undefined && { description }),
});
const list = (items: Schema): Schema => ({ type: "array", items });

/** An object. A name that ends in `?` may be absent. Further fields may come with later versions, and are to be ignored. */
const object = (fields: Readonly<Record<string, Schema>>): Schema => ({
  type: "object",
  properties: Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name.replace("?", ""), schema])),
  required: Object.keys(fields).filter((name) => !name.endsWith("?")),
});

const exit = oneOf(Object.keys(exitCodes), "How it ends; docs/exit-codes.md tells the codes.");
const severity = oneOf(["error", "warning"]);
const host = text("Name of a host.");
const phase = text("Id of a phase.");
const took = count("Milliseconds.");

const operator = object({
  node: text("Version of Node.js."),
  system: text("Of the machine that kbs runs on, with its release."),
  architecture: text(),
});

const need = object({
  phase,
  on: oneOf(
    ["here", "everywhere", "first"],
    "Done on the same host, ended on every host that it runs on, or done on the first control plane.",
  ),
});

const problem = object({
  severity,
  file: text(),
  "line?": count(),
  "column?": count(),
  path: text(),
  message: text(),
  "hint?": text(),
  "excerpt?": text(),
});

const error = object({
  message: text("What happened."),
  "exit?": exit,
  "command?": text("The exact command."),
  "output?": text("The last lines it printed."),
  "probably?": text("Why it probably happened."),
  "hint?": text("What to type or change next."),
  "problems?": list(problem),
});

const finding = object({
  host,
  id: text("Id of the check."),
  severity,
  ignored: { type: "boolean" },
  problem: text(),
  "evidence?": text(),
  remedy: text(),
});

/** Fields of each event, beside `type`, `time` and `at`. */
const events: Readonly<Record<RunEvent["type"], Readonly<Record<string, Schema>>>> = {
  "run-started": {
    run: text("Id of the run."),
    command: text("As typed."),
    cluster: text(),
    hosts: list(host),
    "kubernetes?": text("Version that the configuration asks for."),
    "operator?": operator,
  },
  "host-facts": {
    host,
    roles: list(text()),
    address: text(),
    "os?": text(),
    "kernel?": text(),
    "architecture?": text(),
    "cpus?": count(),
    "memory?": count("Bytes."),
    "virtualization?": text("As systemd-detect-virt names it."),
  },
  bundle: {
    platform: text("As linux/amd64."),
    kubernetes: text("Version of Kubernetes in it."),
    digest: text("Of its index, which names all that is in it."),
    path: text(),
  },
  "phase-planned": {
    phase,
    title: text(),
    hosts: list(host),
    "needs?": list(need),
    "first?": text("The host that needs on first mean."),
  },
  "unit-started": { phase, host },
  change: {
    phase,
    host,
    change: text("What it is about: a file, a unit, an object."),
    state: oneOf(["same", "differs", "changed", "failed", "answer"]),
    "detail?": text("What differed, or why it failed."),
  },
  bytes: { host, sent: count(), total: count() },
  waiting: {
    phase,
    host,
    reason: text(),
    "content?": { const: true, description: "It waits for content that is under way to the host." },
  },
  working: { phase, host },
  warning: { "host?": host, text: text() },
  "unit-ended": {
    phase,
    host,
    state: oneOf(["done", "failed", "skipped", "cancelled"]),
    changed: count("How many changes were made."),
    took,
    "reason?": text("Why it was skipped."),
    "error?": error,
  },
  "host-failed": { host, error },
  preflight: { hosts: list(object({ host, asked: count(), passed: count() })), findings: list(finding) },
  exchange: { host, what: text(), took, output: text() },
  connection: {
    host,
    channels: count("SSH channels that were opened, tunnels included."),
    bytesSent: count("Through them, without SSH's own."),
    bytesReceived: count(),
  },
  error: { "host?": host, error },
  "run-ended": { exit, changed: count(), took, "log?": text("Path of the full log."), next: list(text("What to type next.")) },
};

const eventSchema = (type: string, fields: Readonly<Record<string, Schema>>): Schema =>
  object({
    type: { const: type },
    time: count("Milliseconds since the epoch."),
    at: count("Milliseconds since the run began."),
    ...fields,
  });

/** What a line of `--output json` may be, by its type. */
export const lineSchemas: ReadonlyMap<string, Schema> = new Map([
  ["version", object({ type: { const: "version" }, events: text("Version of this schema."), kbs: text("Version of kbs.") })],
  ...Object.entries(events).map(([type, fields]) => [type, eventSchema(type, fields)] as const),
]);

/** The version first, events after it. */
export const eventsSchema: Schema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: `A line of kbs --output json, version ${eventsVersion}`,
  description: "The first line has the type version. Ignore fields and types you do not know; refuse a first number that you do not know.",
  oneOf: [...lineSchemas.values()],
};

/** What schema/kbs-events.schema.json holds. */
export const publishedEventsSchema = (): string => `${JSON.stringify(eventsSchema, null, 2)}\n`;
