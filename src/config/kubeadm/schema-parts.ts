import type { SchemaNode } from "../schema-node.ts";

/** An empty text means what an absent one means, as in Go. */
export const text: SchemaNode = { type: "string" };
export const hiddenText: SchemaNode = { type: "string", writeOnly: true };
export const flag: SchemaNode = { type: "boolean" };
export const integer: SchemaNode = { type: "integer" };
export const number: SchemaNode = { type: "number" };
export const texts: SchemaNode = { type: "array", items: text };

export const words = (...allowed: readonly string[]): SchemaNode => ({ type: "string", enum: allowed });
export const listOf = (items: SchemaNode): SchemaNode => ({ type: "array", items });
export const mapOf = (values: SchemaNode): SchemaNode => ({ type: "object", additionalProperties: values });
export const fields = (properties: Readonly<Record<string, SchemaNode>>, required: readonly string[] = []): SchemaNode => ({
  type: "object",
  properties,
  additionalProperties: false,
  required,
});

/** Many fields of one type, named in one text. */
export const each = (names: string, node: SchemaNode): Record<string, SchemaNode> =>
  Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, node]),
  );

/** A document: its own fields beside apiVersion and kind. */
export const documentOf = (apiVersion: string, kind: string, properties: Readonly<Record<string, SchemaNode>>): SchemaNode =>
  fields({ apiVersion: { type: "string", const: apiVersion }, kind: { type: "string", const: kind }, ...properties }, [
    "apiVersion",
    "kind",
  ]);
