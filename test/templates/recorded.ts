import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import type { CaseName } from "./cases.ts";
import { plain } from "./plain.ts";

export interface Recorded {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name: string; readonly namespace?: string; readonly annotations?: Record<string, string> };
  readonly data?: Record<string, string>;
  readonly [field: string]: unknown;
}

/** What a kubeadm printed in a dry run: manifests, config.yaml and objects. Of v1.36.3, unless the name says another release. */
export const recorded = (name: CaseName): readonly Recorded[] => {
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
