import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { kubeadmSchemas } from "../../../src/config/kubeadm/schema-kubeadm.ts";

// kbs takes its own schemas as they are when it runs, so they are judged here.

const schemas = (["v1beta3", "v1beta4"] as const).flatMap((version) =>
  Object.entries(kubeadmSchemas(version)).map(([kind, schema]) => [`${kind} of ${version}`, schema] as const),
);

test.each(schemas)("the schema of %s is one", (_, schema) => {
  expect(new Ajv({ strict: true, allowUnionTypes: true }).validateSchema(schema)).toBe(true);
});
