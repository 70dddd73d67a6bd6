import { readFileSync } from "node:fs";
import { parse, parseAllDocuments } from "yaml";
import { plain } from "./plain.ts";

export interface Recorded {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name: string; readonly namespace?: string; readonly annotations?: Record<string, string> };
  readonly data?: Record<string, string>;
  readonly [field: string]: unknown;
}

/** What kubeadm v1.36.3 printed in a dry run: manifests, config.yaml and objects. */
export const recorded = (name: "default" | "args" | "external" | "ipv6"): readonly Recorded[] => {
  const text = readFileSync(new URL(`golden/kubeadm-${name}.yaml`, import.meta.url), "utf8");
  return parseAllDocuments(text, { version: "1.1" })
    .map((document) => plain<Recorded | null>(document.toJS()))
    .filter((document) => document !== null);
};

const said = (value: unknown): boolean => value !== undefined && value !== null;

/** An object as it means to the API server: without what marshalling leaves behind, and what the server fills in or refuses. */
export const meaning = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(meaning);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key, field]) => {
    if (key === "status" || key === "resourceVersion" || !said(field)) return false;
    if (key === "resources" && JSON.stringify(field) === "{}") return false;
    return !(key === "apiGroup" && "kind" in value && ["Group", "User"].includes(String(value.kind)));
  });
  return Object.fromEntries(entries.map(([key, field]) => [key, meaning(field)]));
};

const zero = new Set<unknown>(["", "0", "0s", 0, false, null]);
/** Pointers in Go: here zero is a wish, and only null means the default. */
const pointers = new Set(["enabled", "failCgroupV1", "maxPerCore", "min"]);

/** A component's configuration without the fields that are zero, which all mean: as by default. */
export const withoutZeros = (text: string): unknown => strip(parse(text, { version: "1.1" }));

const strip = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(strip);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .map(([key, field]) => [key, strip(field)] as const)
    .filter(([key, field]) => (pointers.has(key) ? field !== null : !zero.has(field)))
    .filter(([, field]) => typeof field !== "object" || field === null || Array.isArray(field) || Object.keys(field).length > 0);
  return Object.fromEntries(entries);
};
