import { expect, test } from "vitest";
import { addonNamed, addons } from "../../src/addons/index.ts";
import { addonNames } from "../../src/config/defaults.ts";
import { cluster } from "../templates/cluster.ts";

test("every add-on has a name that a configuration may hold, and no two share one", () => {
  const names = addons.map(({ name }) => name);
  expect(addonNames).toEqual(expect.arrayContaining(names));
  expect(new Set(names).size).toBe(names.length);
});

test.each(addons.map((addon) => [addon.name, addon] as const))(
  "%s tells what it is, and each of its values what it means and is by default",
  (_, addon) => {
    expect(addon.description).toMatch(/\.$/);
    for (const value of Object.values(addon.values.properties ?? {})) {
      expect(value.description).toMatch(/\.$/);
      expect(value.default).toBeDefined();
    }
  },
);

test.each(addons.map((addon) => [addon.name, addon] as const))(
  "%s keeps each of its certificates in the Secret in which it is looked for",
  (_, addon) => {
    const needs = addon.certificates(cluster);
    const made = Object.fromEntries(needs.map(({ name }) => [name, { certificate: `certificate ${name}`, key: `key ${name}` }]));
    const secrets = addon.objects(cluster, {}, made).filter(({ type }) => type === "kubernetes.io/tls");
    expect(secrets.map(({ metadata, data }) => ({ metadata, data }))).toEqual(
      needs.map(({ name, secret }) => ({
        metadata: secret,
        data: {
          "tls.crt": Buffer.from(`certificate ${name}`).toString("base64"),
          "tls.key": Buffer.from(`key ${name}`).toString("base64"),
        },
      })),
    );
  },
);

test("an unknown name is refused with those there are", () => {
  expect(() => addonNamed("dashbord")).toThrow('there is no add-on "dashbord"');
});
