import { type Document, isScalar } from "yaml";
import { isMap } from "../shared/is-map.ts";
import { locate } from "./document.ts";
import type { Finding } from "./problems.ts";
import { allows, type Path, schemaAt } from "./schema.ts";
import type { SchemaNode } from "./schema-node.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the keys below belong to someone else's format, where null may have a meaning. */
const isForeign = (node: SchemaNode | undefined): boolean => node === undefined || node.additionalProperties === true;

/** `${NAME}`, `${NAME:-default}`, and `$${` for a literal `${`. */
const pattern = /\$\$\{|\$\{([^}]*)\}/g;

const substitute = (text: string, env: Environment, report: (message: string, hint: string) => void): string =>
  text.replaceAll(pattern, (whole, inside: string | undefined) => {
    if (inside === undefined) return "${";
    const { name, fallback } = /^(?<name>[A-Za-z_]\w*)(?::-(?<fallback>.*))?$/s.exec(inside)?.groups ?? {};
    if (name === undefined) {
      report(`${JSON.stringify(whole)} names no environment variable`, "write $${ where ${ itself is meant");
      return whole;
    }
    const value = env[name];
    if (fallback !== undefined) return value === undefined || value === "" ? fallback : value;
    if (value === undefined) report(`the environment variable ${name} is not set`, `set it, or write \${${name}:-default}`);
    return value ?? whole;
  });

/** A number or boolean that came from the environment, where the schema wants one and the value stands without quotes. */
const typed = (text: string, node: SchemaNode | undefined): unknown => {
  if (allows(node, "string")) return text;
  if (allows(node, "integer") && /^-?\d+$/.test(text)) return Number(text);
  if (allows(node, "boolean") && (text === "true" || text === "false")) return text === "true";
  return text;
};

/**
 * Fills in `${NAME}`, takes numbers as they are written where the schema wants text (`1.30` is not 1.3), and drops what is empty.
 * A command that yields a secret is left alone: its shell knows the variables, and their values must not reach its arguments.
 */
export const fillIn = (document: Document.Parsed, data: unknown, env: Environment): { data: unknown; findings: Finding[] } => {
  const findings: Finding[] = [];
  const scalar = (path: Path, value: unknown, node: SchemaNode | undefined): unknown => {
    if (typeof value === "string") {
      if (!value.includes("${") || (node?.writeOnly === true && value.startsWith("cmd:"))) return value;
      return typed(
        substitute(value, env, (message, hint) => findings.push({ path, message, hint })),
        node,
      );
    }
    if (!allows(node, "string") || !Array.isArray(node?.type)) return value;
    const source = locate(document, path).value;
    return isScalar(source) && source.source !== undefined ? source.source : value;
  };
  const walk = (path: Path, value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => walk([...path, index], item));
    const node = schemaAt(path);
    if (!isMap(value)) return scalar(path, value, node);
    const entries = Object.entries(value).filter(([, item]) => isForeign(node) || item !== null);
    return Object.fromEntries(entries.map(([key, item]) => [key, walk([...path, key], item)]));
  };
  return { data: walk([], data), findings };
};
