import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { loadConfig } from "../../src/config/load.ts";
import { publishedSchema } from "../../src/config/published-schema.ts";
import { sampleConfig } from "../../src/config/sample.ts";
import { schema } from "../../src/config/schema.ts";
import type { SchemaNode } from "../../src/config/schema-node.ts";
import { load, minimal } from "./read.ts";

const root = join(import.meta.dirname, "../..");
const sample = join(root, "config-sample.yaml");

/** Every property of the schema, lists as `[]`. */
const properties = (node: SchemaNode, path = ""): [string, SchemaNode][] => [
  ...Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const here = path === "" ? key : `${path}.${key}`;
    return [[here, child] as [string, SchemaNode], ...properties(child, here)];
  }),
  ...(node.items === undefined ? [] : properties(node.items, `${path}[]`)),
];

const paths = (data: unknown, path = ""): string[] => {
  if (Array.isArray(data)) return data.flatMap((item) => paths(item, `${path}[]`));
  if (typeof data !== "object" || data === null) return [];
  return Object.entries(data).flatMap(([key, value]) => {
    const here = path === "" ? key : `${path}.${key}`;
    return [here, ...paths(value, here)];
  });
};

const all = properties(schema);

describe("the published schema", () => {
  test("is the very schema by which kbs judges (else: write publishedSchema() to it)", () => {
    expect(JSON.parse(readFileSync(join(root, "schema/kbs-cluster.schema.json"), "utf8"))).toEqual(JSON.parse(publishedSchema()));
  });

  test.each(all)("%s has a description, and a default or an example that fits", (_, node) => {
    expect(node.description).toMatch(/\w/);
    const shown = [...(node.default === undefined ? [] : [node.default]), ...(node.examples ?? [])];
    expect(shown.length > 0 || node.const !== undefined || node.properties !== undefined).toBe(true);
    const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(node);
    expect(shown.filter((value) => !validate(value))).toEqual([]);
  });

  test("publishes the defaults that kbs uses", async () => {
    const written = (node: SchemaNode): unknown => {
      if (node.default !== undefined) return node.default;
      const entries = Object.entries(node.properties ?? {}).map(([key, child]) => [key, written(child)] as const);
      const kept = entries.filter(([, value]) => value !== undefined);
      return kept.length > 0 && node.required === undefined ? Object.fromEntries(kept) : undefined;
    };
    const { hosts: _, ...options } = schema.properties?.["spec"]?.properties ?? {};
    const spec = written({ type: "object", properties: options });
    const full = parse(minimal());
    Object.assign(full.spec, spec);
    const [explicit, silent] = [await load(stringify(full)), await load(minimal())];
    expect(Object.keys(full.spec)).toEqual(expect.arrayContaining(["ssh", "kubernetes", "etcd", "network", "supply"]));
    expect(explicit.cluster).toEqual(silent.cluster);
  });
});

describe("config-sample.yaml", () => {
  test("is accepted without a warning", async () => {
    expect((await loadConfig(sample, { env: {} })).warnings).toEqual([]);
  });

  test("shows every option, switched on or off, and no other", () => {
    const switchedOn = readFileSync(sample, "utf8").replaceAll(/^( *)#(?=[\w ] *[-\w])(?! [A-Za-z`$])/gm, "$1");
    const shown = new Set(paths(parse(switchedOn)));
    const missing = all.map(([path]) => path).filter((path) => !shown.has(path) && !/extraArgs\[\]|extraArgs$/.test(path));
    expect(missing).toEqual([]);
    const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);
    validate(parse(switchedOn));
    expect(validate.errors).toBeNull();
  });
});

describe("the starting file", () => {
  test("is accepted without a warning", async () => {
    const { cluster, warnings } = await load(sampleConfig());
    expect(warnings).toEqual([]);
    expect(cluster.hosts.map(({ name }) => name)).toEqual(["cp1", "w1", "w2"]);
  });

  test("takes name, version, hosts and the place of the schema", async () => {
    const hosts = [{ name: "one", address: "192.168.1.5", roles: ["control-plane", "worker"] as const }];
    const text = sampleConfig({ name: "home", version: "1.35", hosts, schema: "./s.json" });
    const { cluster } = await load(text);
    expect(text.split("\n")[0]).toBe("# yaml-language-server: $schema=./s.json");
    expect([cluster.name, cluster.kubernetes.version, cluster.hosts[0]?.address]).toEqual(["home", "v1.35.4", "192.168.1.5"]);
  });
});
