import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { UserError } from "../shared/errors.ts";
import { nearest } from "../shared/nearest.ts";
import { type Patch, type PatchTarget, type PatchType, patchTargets } from "./types.ts";

const types: readonly PatchType[] = ["json", "merge", "strategic"];

const isTarget = (name: string): name is PatchTarget => patchTargets.some((target) => target === name);
const isType = (name: string): name is PatchType => types.some((type) => type === name);

/** What a file name says, as kubeadm reads it: `target[suffix][+type].extension`; undefined for a file that is no patch. */
const meaningOf = (name: string, path: string): { readonly target: PatchTarget; readonly type: PatchType } | undefined => {
  if (!/.\.(?:json|yaml)$/.test(name)) return undefined;
  const target = patchTargets.find((known) => name.startsWith(known));
  if (target === undefined || !isTarget(target)) return undefined;
  const [, plus, type = ""] = /^[^.+\n]*(\+)?(json|merge|strategic)?/.exec(name.slice(target.length)) ?? [];
  if (plus === undefined) return { target, type: "strategic" };
  if (isType(type)) return { target, type };
  throw new UserError(`${path}: what stands behind "+" is not a kind of patch`, { hint: `it is one of ${types.join(", ")}` });
};

/** @throws UserError for what is no YAML or JSON */
const documentsOf = (text: string, path: string): readonly unknown[] => {
  const documents = parseAllDocuments(text, { version: "1.1", uniqueKeys: true });
  return [...documents].flatMap((document) => {
    const [error] = document.errors;
    if (error) throw new UserError(`${path}: ${error.message}`);
    const content: unknown = document.toJS();
    return content === null || content === undefined ? [] : [content];
  });
};

/** The patches of one file, in order. A file whose name says nothing is ignored, and told. */
export const parsePatchFile = (name: string, text: string, path: string): readonly Patch[] | undefined => {
  const meaning = meaningOf(name, path);
  if (meaning === undefined || text === "") return undefined;
  return documentsOf(text, path).map((content) => {
    if (meaning.type === "json" ? Array.isArray(content) : typeof content === "object" && !Array.isArray(content))
      return { ...meaning, content, file: path };
    const wanted = meaning.type === "json" ? "a list of operations" : "a map";
    throw new UserError(`${path}: a patch of the kind ${meaning.type} is ${wanted}`);
  });
};

/** A folder of patches: those that were understood, and the files themselves. */
export interface PatchFolder {
  readonly patches: readonly Patch[];
  /** Name to text, of the files that hold patches. */
  readonly files: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
}

const ignored = (path: string, name: string): string => {
  const near = nearest(name.replace(/[.+].*$/s, ""), patchTargets);
  return `${path} is no patch and is ignored: a name begins with ${patchTargets.join(", ")}, and ends with .yaml or .json${near === undefined ? "" : ` (did you mean ${near}?)`}`;
};

/**
 * Reads kubeadm's patch files, in the order of their names, those of folders in the folder, too.
 * @throws UserError when the folder cannot be read, or a file in it holds no patch of its kind
 */
export const readPatches = async (folder: string, flag = "--patches"): Promise<PatchFolder> => {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) throw new UserError(`${flag}: ${folder} is no folder`, { hint: "name the folder that holds the patch files" });
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = new Map<string, string>();
  const warnings: string[] = [];
  const patches: Patch[] = [];
  for (const path of paths.toSorted()) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const text = await readFile(path, "utf8");
    const parsed = parsePatchFile(name, text, path);
    if (parsed === undefined) warnings.push(ignored(path, name));
    else {
      patches.push(...parsed);
      files.set(path.slice(folder.replace(/\/+$/, "").length + 1).replaceAll("/", "_"), text);
    }
  }
  return { patches, files, warnings };
};
