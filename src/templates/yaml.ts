import { Document, parse, Scalar, stringify, visit } from "yaml";

const options = { version: "1.1", compat: "core", aliasDuplicateObjects: false } as const;
const layout = { indentSeq: false, lineWidth: 0, singleQuote: true } as const;

/** Begins like a number or a date, or is a word for a boolean or for nothing: all others are texts to both versions. To read each takes milliseconds for a manifest. */
const mayMeanElse = /^(?:|~|[-+.\d][\w.+:-]*|y|yes|n|no|on|off|true|false|null)$/i;

/** Whether YAML 1.1, or 1.2 in its numbers, would take a text for something else when it stood there without quotes. */
const meansElse = (text: string): boolean => {
  if (!mayMeanElse.test(text)) return false;
  return (["1.1", "1.2"] as const).some((version) => {
    const read: unknown = parse(text, { version, logLevel: "silent" });
    return read instanceof Date || (typeof read !== "string" && Object(read) !== read);
  });
};

/** Go's choice of quotes: double ones where a text would mean something else, single ones where its characters need some. */
const quoteAsGo = (document: Document): Document => {
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value === "string" && meansElse(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document;
};

/**
 * YAML as Kubernetes' own tools write and read it: sorted keys, two spaces, lists not indented, no document marker. The readers follow YAML 1.1, where `on`
 * and `1_0` are not text; `compat` quotes what YAML 1.2 would not take for text either.
 */
export const toYaml = (value: unknown): string => quoteAsGo(new Document(value, { ...options, sortMapEntries: true })).toString(layout);

/** The same with keys in the order in which they are given, for what kubeadm writes by a text of its own. */
export const toYamlInOrder = (value: unknown): string => stringify(value, { ...options, ...layout });
