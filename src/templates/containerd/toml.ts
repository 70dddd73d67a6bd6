import { UserError } from "../../shared/errors.ts";

type Table = Readonly<Record<string, unknown>>;

const isTable = (value: unknown): value is Table => typeof value === "object" && value !== null && !Array.isArray(value);

// JSON's escapes are TOML's; JSON only lets DEL through.
const text = (value: string): string => JSON.stringify(value).replaceAll("\u007F", "\\u007F");
const keyOf = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : text(key));
const inline = (parts: readonly string[], open: string, close: string): string =>
  parts.length === 0 ? open + close : `${open} ${parts.join(", ")} ${close}`;

const scalar = (value: unknown, path: string): string => {
  if (typeof value === "string") return text(value);
  if (typeof value === "boolean" || Number.isFinite(value)) return String(value);
  throw new UserError(`${path}: TOML cannot hold ${String(value)}`, { hint: "write a text, a number, true, false, a list or a map" });
};

const valueOf = (value: unknown, path: string): string => {
  if (Array.isArray(value)) return `[${value.map((item: unknown, index) => valueOf(item, `${path}[${index}]`)).join(", ")}]`;
  if (!isTable(value)) return scalar(value, path);
  return inline(
    entriesOf(value).map(([key, item]) => `${keyOf(key)} = ${valueOf(item, `${path}.${key}`)}`),
    "{",
    "}",
  );
};

const entriesOf = (table: Table): readonly (readonly [string, unknown])[] =>
  Object.entries(table)
    .filter(([, value]) => value !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));

/** The blocks of a table: its own values under its heading, then every table in it. A heading stands only where it says something. */
const blocks = (table: Table, path: readonly string[]): readonly string[] => {
  const entries = entriesOf(table);
  const own = entries
    .filter(([, value]) => !isTable(value))
    .map(([key, value]) => `${keyOf(key)} = ${valueOf(value, [...path, key].join("."))}`);
  const below = entries.flatMap(([key, value]) => (isTable(value) ? blocks(value, [...path, key]) : []));
  const heading = path.length > 0 && (own.length > 0 || below.length === 0) ? [`[${path.map(keyOf).join(".")}]`] : [];
  const lines = [...heading, ...own];
  return lines.length === 0 ? below : [lines.join("\n"), ...below];
};

/**
 * Plain values as TOML 1.0, keys sorted. A whole number is written as an integer; tables within lists are written inline.
 * @throws UserError for a null or a number that is not finite, with its path
 */
export const toToml = (table: Table): string => `${blocks(table, []).join("\n\n")}\n`;
