import { schema } from "./schema.ts";

/** The JSON schema as text, for editors: what schema/kbs-cluster.schema.json holds. */
export const publishedSchema = (): string => `${JSON.stringify(schema, null, 2)}\n`;
