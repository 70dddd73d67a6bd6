import { describe, expect, test } from "vitest";
import { differences } from "../../src/kube/differences.ts";
import type { LiveObject } from "../../src/kube/types.ts";

const object = (fields: Record<string, unknown>, metadata: Record<string, unknown> = {}): LiveObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "a", resourceVersion: "1", ...metadata },
  ...fields,
});

const proxied = (password: string) => object({ spec: { env: [{ value: `http://kim:${password}${"x".repeat(80)}@proxy.example:3128` }] } });
const changedAt = (time: string) => ({ managedFields: [{ manager: "kbs", operation: "Apply", time, fieldsV1: { "f:data": {} } }] });
const managedBy = (manager: string) => ({ managedFields: [{ manager, fieldsV1: { "f:data": {} } }] });
const secret = (token: string): LiveObject => ({ ...object({ data: { token } }), kind: "Secret" });

describe("two states of an object", () => {
  test("differ by the fields that differ, a line each", () => {
    const before = object(
      { spec: { replicas: 2, template: { containers: [{ image: "a:1" }] } } },
      { labels: { "app.kubernetes.io/name": "x" } },
    );
    const after = object({ spec: { replicas: 3, template: { containers: [{ image: "a:2" }] }, paused: true } }, { labels: {} });
    expect(differences(before, after)).toEqual([
      "spec.replicas: 2 -> 3",
      'spec.template.containers[0].image: "a:1" -> "a:2"',
      "spec.paused: absent -> true",
      'metadata.labels["app.kubernetes.io/name"]: "x" -> absent',
    ]);
  });

  test("do not tell passwords in URLs, a part of one that is cut off least of all", () => {
    expect(differences(proxied("former"), proxied("latter"))).toEqual([
      'spec.env[0].value: "http://kim:***@proxy.example:3128" -> "http://kim:***@proxy.example:3128"',
    ]);
  });

  test("are the same when only the server's counters moved", () => {
    expect(differences(object({}), object({}, { resourceVersion: "2", generation: 3 }))).toEqual([]);
  });

  test("are the same when only the time of a manager's last change moved", () => {
    expect(differences(object({}, changedAt("2026-01-01")), object({}, changedAt("2026-01-02")))).toEqual([]);
  });

  test("differ when fields come under another manager", () => {
    expect(differences(object({}, managedBy("kubectl")), object({}, managedBy("kbs")))).toEqual([
      "metadata.managedFields: fields come under another manager",
    ]);
  });

  test("show a list of another length as a whole, cut short", () => {
    const [line = ""] = differences(object({ rules: ["a"] }), object({ rules: Array.from({ length: 50 }, () => "rule") }));
    expect(line.startsWith('rules: ["a"] -> ["rule","rule",')).toBe(true);
    expect(line.length).toBeLessThan(120);
  });

  test("of a Secret show names alone", () => {
    expect(differences(secret("b2xk"), secret("bmV3"))).toEqual(["data.token"]);
  });
});
