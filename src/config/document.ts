import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  visit,
  type YAMLParseError,
} from "yaml";
import type { Path } from "./schema.ts";

interface Place {
  readonly line: number;
  readonly column: number;
}

interface SyntaxProblem {
  readonly offset: number;
  readonly message: string;
  readonly hint?: string;
}

/** A file of YAML or JSON that knows where everything stands. */
export interface SourceFile {
  readonly text: string;
  readonly documents: readonly Document.Parsed[];
  readonly syntax: readonly SyntaxProblem[];
  placeOf: (offset: number) => Place;
}

type Sentence = Omit<SyntaxProblem, "offset">;

const noPair: Sentence = { message: "this is no `key: value`", hint: "is a colon missing, or a blank after it?" };
const wrongIndent: Sentence = { message: "the indentation does not fit the lines above" };

const sentences: Readonly<Record<string, Sentence>> = {
  TAB_AS_INDENT: { message: "a tab is used for indentation", hint: "YAML is indented with blanks only" },
  DUPLICATE_KEY: { message: "this key occurs twice in the same map", hint: "keep one of them" },
  MISSING_CHAR: { message: "a closing quote, bracket or brace, or a comma is missing" },
  BAD_INDENT: wrongIndent,
  MULTILINE_IMPLICIT_KEY: noPair,
  BLOCK_AS_IMPLICIT_KEY: {
    message: "a map cannot begin here",
    hint: "a value that holds `: ` needs quotes; or is the next line indented too far?",
  },
  NON_STRING_KEY: { message: "a key must be a text" },
  RESOURCE_EXHAUSTION: { message: "it is nested too deeply" },
  UNEXPECTED_TOKEN: { message: "this cannot stand here", hint: "a value with special characters needs quotes" },
  BAD_SCALAR_START: { message: "a plain value cannot begin with this character", hint: "put the value in quotes" },
};

const [openQuote, listAsKey] = ["Missing closing ", "A block sequence"];

/** What the parser says by one code of several things, each by how its own message begins. */
const closer: readonly (readonly [code: string, start: string, sentence: Sentence])[] = [
  ["BAD_INDENT", "Flow", { message: "a closing bracket or brace is missing before this" }],
  ["MISSING_CHAR", openQuote, { message: "a quote is opened here and never closed" }],
  ["MISSING_CHAR", "Sequence item without", wrongIndent],
  ["MISSING_CHAR", "Implicit map keys", noPair],
  ["MISSING_CHAR", "Comments must", { message: "a blank is missing before `#`", hint: "a value with `#` in it needs quotes" }],
  [
    "BLOCK_AS_IMPLICIT_KEY",
    listAsKey,
    { message: "a list cannot begin here", hint: "is the item indented as the others of its list are?" },
  ],
];

const explain = ({ code, message }: YAMLParseError): Sentence =>
  closer.find(([of, start]) => code === of && message.startsWith(start))?.[2] ?? sentences[code] ?? { message: `YAML: ${message}` };

/** Where an error is: a quote that is never closed ends with the file, and is told where it opens. */
const offsetIn = (document: Document.Parsed, { message, pos: [offset] }: YAMLParseError): number => {
  let at = offset;
  if (message.startsWith(openQuote)) {
    visit(document, {
      Scalar: (_, { range }) => {
        if (range?.[1] === offset) [at] = range;
      },
    });
  }
  return at;
};

/** What the parser says of a document. An open quote takes in all that follows, and so does a list where a key is wanted: nothing is told of that. */
const errorsOf = (document: Document.Parsed): SyntaxProblem[] => {
  const last = document.errors.findIndex(({ message }) => message.startsWith(openQuote) || message.startsWith(listAsKey));
  const told = last < 0 ? document.errors : document.errors.slice(0, last + 1);
  return told.map((error) => ({ offset: offsetIn(document, error), ...explain(error) }));
};

const tooDeep = { offset: 0, message: "it is nested too deeply" };

/** Parses YAML; JSON is YAML too. Never throws: what is wrong is in `syntax`. */
export const parseSource = (text: string): SourceFile => {
  const lineCounter = new LineCounter();
  const placeOf = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { line, column: col };
  };
  try {
    const parsed = parseAllDocuments(text, { lineCounter, merge: true, prettyErrors: false, stringKeys: true, logLevel: "silent" });
    const documents = Array.from(parsed as Iterable<Document.Parsed>);
    const syntax = documents.flatMap((document) => [...errorsOf(document), ...brokenAliases(document), ...foreignTags(document)]);
    return { text, documents, syntax, placeOf };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // the parser recurses; the stack ends first
    return { text, documents: [], syntax: [tooDeep], placeOf };
  }
};

/** Names are not told: what begins so may be a password without quotes. */
const startsWord = "a value that begins with * or ! needs quotes";

/** Aliases without an anchor before them, and aliases inside of their own anchor, which would have no end. */
const brokenAliases = (document: Document.Parsed): SyntaxProblem[] => {
  const problems: SyntaxProblem[] = [];
  visit(document, {
    Alias: (_, alias, ancestors) => {
      const target = alias.resolve(document);
      const offset = alias.range?.[0] ?? 0;
      if (target === undefined) problems.push({ offset, message: "there is no anchor of that name before this alias", hint: startsWord });
      else if (ancestors.includes(target)) problems.push({ offset, message: "this alias lies inside of its own anchor" });
    },
  });
  return problems;
};

const plainTags = new Set(["map", "seq", "str", "int", "float", "bool", "null", "merge"].map((name) => `tag:yaml.org,2002:${name}`));

const foreignTags = (document: Document.Parsed): SyntaxProblem[] => {
  const problems: SyntaxProblem[] = [];
  visit(document, {
    Node: (_, node) => {
      const { tag } = node as { readonly tag?: string };
      if (tag === undefined || plainTags.has(tag)) return;
      problems.push({ offset: node.range?.[0] ?? 0, message: "this tag has no meaning here", hint: startsWord });
    },
  });
  return problems;
};

/** The document as data. @returns a sentence in place of data for aliases that would fill the memory */
export const toData = (document: Document.Parsed): { readonly data: unknown } | { readonly message: string } => {
  try {
    return { data: document.toJS({ maxAliasCount: 100 }) };
  } catch (error) {
    if (error instanceof ReferenceError) return { message: "its aliases would unfold to an enormous document" };
    if (error instanceof RangeError) return { message: tooDeep.message };
    throw error;
  }
};

const findPair = (document: Document.Parsed, node: unknown, key: string | number): Pair | undefined => {
  const target = isAlias(node) ? node.resolve(document) : node;
  if (isSeq(target)) {
    if (typeof key === "number") return undefined;
    return target.items.map((item) => findPair(document, item, key)).find((pair) => pair !== undefined); // a list of maps to merge
  }
  if (!isMap(target)) return undefined;
  const own = target.items.find((pair) => isPair(pair) && isScalar(pair.key) && pair.key.value === key);
  if (own !== undefined) return own;
  const merged = target.items.filter(({ key: name }) => isScalar(name) && name.source === "<<");
  return merged.map((pair) => findPair(document, pair.value, key)).find((pair) => pair !== undefined);
};

export interface Located {
  readonly key?: Node | undefined;
  readonly value?: Node | undefined;
  /** Whether the whole path was found; else this is the deepest part of it that exists. */
  readonly exact: boolean;
}

const nodeOf = (value: unknown): Node | undefined =>
  isAlias(value) || isMap(value) || isSeq(value) || isScalar(value) ? value : undefined;

/** The nodes at a path, through aliases and merge keys. */
export const locate = (document: Document.Parsed, path: Path): Located => {
  let here: Located = { value: nodeOf(document.contents), exact: true };
  for (const step of path) {
    const target = isAlias(here.value) ? here.value.resolve(document) : here.value;
    if (typeof step === "number" && isSeq(target) && step in target.items) {
      here = { value: nodeOf(target.items[step]), exact: true };
      continue;
    }
    const pair = findPair(document, target, step);
    if (pair === undefined) return { ...here, exact: false };
    here = { key: nodeOf(pair.key), value: nodeOf(pair.value), exact: true };
  }
  return here;
};
