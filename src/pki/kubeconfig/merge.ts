import { type Document, isMap, isScalar, isSeq, parseDocument, type Scalar, type YAMLMap } from "yaml";
import { UserError } from "../../shared/errors.ts";

/** One entry of a list of a kubeconfig: `{ name, <key>: fields }`. Its nodes are quoted where a reader could take them for numbers. */
interface Entry {
  readonly list: "clusters" | "users" | "contexts";
  readonly key: "cluster" | "user" | "context";
  readonly name: string;
  readonly node: YAMLMap;
  readonly fields: readonly (readonly [name: string, value: Scalar])[];
}

/** Every scalar is kept as it is written: a token like 0123 must not become a number on its way. */
const read = (text: string): Document.Parsed => parseDocument(text, { schema: "failsafe", customTags: ["null"], prettyErrors: false });

const open = (path: string, text: string): Document.Parsed => {
  const document = read(text);
  // The parser's own words would show the place, and with it a key.
  const [problem] = document.errors;
  const wrong = problem?.code ?? (document.contents === null || isMap(document.contents) ? undefined : "no mapping");
  if (wrong === undefined) return document;
  throw new UserError(`${path} is no kubeconfig: it cannot be read as YAML (${wrong})`, {
    hint: "correct it, or have the cluster's kubeconfig written to a file of its own",
  });
};

const entriesOf = (document: Document, list: Entry["list"]): YAMLMap[] => {
  const sequence = document.get(list);
  return isSeq(sequence) ? sequence.items.filter(isMap) : [];
};

const entryNamed = (document: Document, list: Entry["list"], name: unknown): YAMLMap | undefined =>
  entriesOf(document, list).find((entry) => entry.get("name") === name);

/** What a cluster entry trusts, as text that tells one CA from another. */
const trustOf = (cluster: YAMLMap | undefined): unknown => {
  const data = cluster?.getIn(["cluster", "certificate-authority-data"]);
  return typeof data === "string" ? Buffer.from(data, "base64").toString().trim() : undefined;
};

const contentsOf = (document: Document): readonly Entry[] => {
  const context = document.get("current-context");
  const contextEntry = entryNamed(document, "contexts", context);
  const names = {
    clusters: contextEntry?.getIn(["context", "cluster"]),
    users: contextEntry?.getIn(["context", "user"]),
    contexts: context,
  };
  return (
    [
      ["clusters", "cluster"],
      ["users", "user"],
      ["contexts", "context"],
    ] as const
  ).map(([list, key]) => {
    const entry = entryNamed(document, list, names[list]);
    const fields: unknown = entry?.get(key);
    if (!entry || !isMap(fields)) throw new Error(`a kubeconfig of kbs has no ${key}`);
    return {
      list,
      key,
      name: String(names[list]),
      node: entry,
      fields: fields.items.flatMap(({ key, value }) => (isScalar(value) ? [[String(key), value] as const] : [])),
    };
  });
};

const uses = (key: "user" | "cluster", context: YAMLMap): unknown => context.getIn(["context", key]);

/** Which of our names another cluster's entry has; undefined when none. */
const takenBy = (document: Document, entries: readonly Entry[], ca: unknown): string | undefined => {
  const isOther = (cluster: unknown): boolean => {
    const entry = entryNamed(document, "clusters", cluster);
    return entry !== undefined && trustOf(entry) !== ca;
  };
  const [cluster, user, context] = entries.map(({ name }) => name);
  if (isOther(cluster)) return `cluster ${cluster}`;
  const foreign = entriesOf(document, "contexts").filter((entry) => isOther(uses("cluster", entry)));
  if (foreign.some((entry) => entry.get("name") === context)) return `context ${context}`;
  if (foreign.some((entry) => uses("user", entry) === user)) return `user ${user}`;
  return undefined;
};

const refuseOthers = (path: string, document: Document, entries: readonly Entry[]): void => {
  const taken = takenBy(document, entries, trustOf(entries.find(({ list }) => list === "clusters")?.node));
  if (taken === undefined) return;
  const [cluster, user, context] = entries.map(({ name }) => name);
  throw new UserError(`${path}: its ${taken} belongs to another cluster (it has another CA), and is not overwritten`, {
    probably: "a cluster of the same name was made elsewhere, or was deleted since",
    hint: `if it is no longer needed, type "kubectl config delete-context ${context}; kubectl config delete-cluster ${cluster}; kubectl config delete-user ${user}" and run again`,
  });
};

/** What would contradict the fields that are put in. */
const replaced: Readonly<Record<Entry["list"], readonly string[]>> = {
  clusters: ["certificate-authority", "insecure-skip-tls-verify"],
  users: ["client-certificate", "client-key", "token", "tokenFile", "username", "password", "exec", "auth-provider"],
  contexts: [],
};

const put = (document: Document, { list, key, name, node, fields }: Entry): boolean => {
  const existing = entryNamed(document, list, name);
  if (existing && isMap(existing.get(key))) {
    const dropped = replaced[list].filter((field) => existing.deleteIn([key, field]));
    const changed = fields.filter(([field, { value }]) => existing.getIn([key, field]) !== value);
    for (const [field, value] of changed) existing.setIn([key, field], value);
    return dropped.length + changed.length > 0;
  }
  if (existing) existing.set(key, node.get(key));
  else append(document, list, node);
  return true;
};

const append = (document: Document, list: Entry["list"], node: YAMLMap): void => {
  if (!isSeq(document.get(list))) document.set(list, document.createNode([]));
  document.addIn([list], node);
};

/**
 * Puts the cluster, user and context of one kubeconfig into another and leaves all else there as it is: other entries, further fields of the same
 * entries, comments. A context that is new becomes the current one.
 * @param path of `into`, for messages
 * @param into empty for a file that does not exist yet
 * @throws UserError when `into` cannot be read, or when one of the names belongs to a cluster with another CA
 */
export const mergeKubeconfig = (path: string, into: string, addition: string): string => {
  if (into.trim() === "") return addition;
  const document = open(path, into);
  const source = read(addition);
  const entries = contentsOf(source);
  refuseOthers(path, document, entries);
  const context = entries.find(({ list }) => list === "contexts")?.name ?? "";
  const isNew = entryNamed(document, "contexts", context) === undefined;
  const changed = entries.map((entry) => put(document, entry)).includes(true);
  if (!changed) return into;
  for (const [field, value] of Object.entries({ apiVersion: "v1", kind: "Config" })) if (!document.has(field)) document.set(field, value);
  if (isNew) document.set("current-context", source.get("current-context", true));
  return document.toString({ lineWidth: 0, indentSeq: false });
};
