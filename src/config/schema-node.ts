import type { Path } from "./schema.ts";

type TypeName = "string" | "number" | "integer" | "boolean" | "object" | "array";

/** The part of JSON schema (draft 7) that describes a configuration. */
export interface SchemaNode {
  readonly $schema?: string;
  readonly $id?: string;
  readonly title?: string;
  readonly type: TypeName | readonly TypeName[];
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly minItems?: number;
  readonly uniqueItems?: boolean;
  /** JSON schema's mark of a value that goes in and never comes out: a secret. */
  readonly writeOnly?: boolean;
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: boolean | SchemaNode;
  readonly required?: readonly string[];
}

type Extra = Partial<Omit<SchemaNode, "type" | "description">>;

export const text = (description: string, extra: Extra = {}): SchemaNode => ({ type: "string", description, minLength: 1, ...extra });
export const flag = (description: string, byDefault: boolean): SchemaNode => ({ type: "boolean", description, default: byDefault });
export const integer = (description: string, extra: Extra): SchemaNode => ({ type: "integer", description, ...extra });
export const port = (description: string, extra: Extra): SchemaNode => integer(description, { minimum: 1, maximum: 65_535, ...extra });
export const choice = (description: string, words: readonly string[], byDefault?: string): SchemaNode => ({
  type: "string",
  description,
  enum: words,
  ...(byDefault === undefined ? { examples: words.slice(0, 1) } : { default: byDefault }),
});
export const list = (description: string, items: SchemaNode, extra: Extra = {}): SchemaNode => ({
  type: "array",
  description,
  items,
  ...extra,
});

/** A map with known keys only. */
export const section = (description: string, properties: Record<string, SchemaNode>, extra: Extra = {}): SchemaNode => ({
  type: "object",
  description,
  properties,
  additionalProperties: false,
  ...extra,
});

/** A map whose keys and values belong to someone else's format. */
export const fragment = (description: string, example: Record<string, unknown>): SchemaNode => ({
  type: "object",
  description,
  additionalProperties: true,
  default: {},
  examples: [example],
});

/** A text that may be written as a YAML number or boolean and is taken as written: `1.30` is not 1.3. */
export const asWritten: SchemaNode = { type: ["string", "number", "boolean"] };

const reference = "A text, or better a reference: env:NAME, file:PATH or cmd:COMMAND (its standard output).";
export const secret = (description: string, example: string): SchemaNode =>
  text(`${description} ${reference}`, { writeOnly: true, examples: [example] });

/** The schema of the value at a path; undefined where the schema knows nothing. */
export const nodeAt = (root: SchemaNode, path: Path): SchemaNode | undefined => {
  let node: SchemaNode | undefined = root;
  for (const key of path) {
    const properties: Readonly<Record<string, SchemaNode>> = node?.properties ?? {};
    const others: boolean | SchemaNode | undefined = node?.additionalProperties;
    if (typeof key === "number") node = node?.items;
    else if (Object.hasOwn(properties, key)) node = properties[key];
    else node = typeof others === "object" ? others : undefined;
  }
  return node;
};
